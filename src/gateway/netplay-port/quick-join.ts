import type { Matchmaker, NoRoom, RoomPass } from "../../join-request.ts";
import { negotiateProtocol, type ClientHeader, type Info } from "../../netplay/index.ts";
import { addressGroup, formatCrc32, type Clock, type Logger, type SessionId } from "../../shared/index.ts";
import { ContentQuery, type ContentQueryParts } from "./content-query.ts";
import {
  type FailedHandshakes,
  HandshakeServer,
  type ClientAdmission,
  type IdentifiedClient,
} from "../handshake/index.ts";
import { type UnreadConnection, HalfOpenList } from "../net/index.ts";
import type { GatewayLimits } from "../limits.ts";

export interface QuickJoinParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: GatewayLimits;
  readonly protocolHigh: () => number;
  readonly failedHandshakes: FailedHandshakes;
  readonly matchmaker: Matchmaker;
  readonly unlock: ContentQueryParts["unlock"];
  /** False when the room is gone or full. */
  readonly enter: (sessionId: SessionId, client: IdentifiedClient) => boolean;
}

/** Clients that know nothing but our address: they are asked what they have loaded, and get a room of that game. */
export class QuickJoin {
  readonly #parts: QuickJoinParts;
  readonly #handshakes: HandshakeServer;
  readonly #contentQueries: HalfOpenList<ContentQuery>;

  constructor(parts: QuickJoinParts) {
    this.#parts = parts;
    const { clock, logger, limits, protocolHigh } = parts;
    this.#handshakes = new HandshakeServer({
      clock,
      logger,
      limits: { ...limits, halfOpenPerRoom: limits.halfOpenPort },
      protocolHigh,
      ...(parts.matchmaker.salt === undefined ? {} : { salt: parts.matchmaker.salt }),
      admit: (header, address) => this.#admit(header, address),
    });
    this.#contentQueries = new HalfOpenList(limits.contentQueries, limits.halfOpenPerAddress);
  }

  receive(unread: UnreadConnection): void {
    this.#handshakes.accept(unread);
  }

  close(): void {
    this.#handshakes.close();
    this.#contentQueries.members().forEach((contentQueries) => {
      contentQueries.end("gateway-closed");
    });
  }

  #admit(header: ClientHeader, address: string): ClientAdmission {
    const { failedHandshakes, matchmaker } = this.#parts;
    const objection =
      matchmaker.objection(address) ?? (failedHandshakes.mayTry(address) ? undefined : "full");
    if (objection !== undefined) {
      return { type: objection };
    }
    const protocol = negotiateProtocol(header, this.#parts.protocolHigh());
    return protocol === undefined
      ? { type: "old-protocol" }
      : {
          type: "welcome",
          protocol,
          hostUse: {
            identified: (client) => {
              this.#ask(client);
            },
            ended: () => undefined,
          },
        };
  }

  #ask(client: IdentifiedClient): void {
    const { clock, limits, unlock, matchmaker } = this.#parts;
    const contentQueries: ContentQuery = new ContentQuery(client, {
      clock,
      limits,
      unlock,
      ...(matchmaker.loaded === undefined ? {} : { loaded: matchmaker.loaded }),
      onAnswer: (info) => {
        // Not at once: an answer that came with the nickname is read while `asking` is still being made.
        queueMicrotask(() => void this.#slot(contentQueries, info));
      },
      onEnd: (reason, info) => {
        this.#log(client, reason, info);
      },
    });
    this.#contentQueries.add(contentQueries, addressGroup(client.connection.address))?.end("evicted");
    void client.connection.gone.then(() => {
      this.#contentQueries.delete(contentQueries);
    });
  }

  async #slot(contentQueries: ContentQuery, info: Info): Promise<void> {
    const { matchmaker, logger } = this.#parts;
    const { address, port } = contentQueries.client.connection;
    try {
      const { passwordHash, passes } = contentQueries;
      const placed = await matchmaker.place(
        { ...info, passwordHash, passes, address, port },
        (pass) => contentQueries.isOver || this.#enter(contentQueries, pass, info),
      );
      if (!placed.ok && !contentQueries.isOver) {
        this.#turnAway(contentQueries, info, placed.reason);
      }
    } catch (error) {
      logger.error({ err: error }, "a room could not be looked for: a bug in netplayd, please report it");
      contentQueries.end("fault");
    }
  }

  #enter(contentQueries: ContentQuery, { sessionId, mayPlay }: RoomPass, info: Info): boolean {
    const { nick, connection } = contentQueries.client;
    if (!this.#parts.enter(sessionId, contentQueries.identifiedClient(info, mayPlay))) {
      return false;
    }
    contentQueries.release();
    this.#contentQueries.delete(contentQueries);
    this.#parts.logger.debug({ sessionId, nick, address: connection.address, ...told(info) }, "room found");
    return true;
  }

  #turnAway(contentQueries: ContentQuery, info: Info, { reason, show }: NoRoom): void {
    this.#log(contentQueries.client, reason, info);
    contentQueries.turnAway(show);
  }

  #log({ nick, connection }: IdentifiedClient, reason: string, info: Info | undefined): void {
    const facts = { nick, address: connection.address, reason, ...(info === undefined ? {} : told(info)) };
    this.#parts.logger.info(facts, "client got no room");
  }
}

function told({ coreName, coreVersion, crc }: Info): Record<string, string> {
  return { core: coreName, coreVersion, crc: formatCrc32(crc) };
}
