import { COMMAND, encodeCommand, encodeInfo, type Info } from "../../netplay/index.ts";
import {
  fail,
  formatCrc32,
  type Clock,
  type Logger,
  type Result,
  type SessionId,
} from "../../shared/index.ts";
import { queryContent, type ContentAnswer, type ContentQueryParts } from "./content-query.ts";
import {
  type FailedHandshakes,
  type RoomPass,
  HandshakeServer,
  type IdentifiedClient,
} from "../handshake/index.ts";
import { HalfOpenConnections, type MessageReader } from "../net/index.ts";
import type { GatewayLimits } from "../limits.ts";

/** How often a room is looked for when the one that was found has filled up. */
const ATTEMPTS = 3;

/** What a client on the netplay port has loaded, and its address. */
export interface JoinRequest extends Info {
  /** The hash names the room; undefined: the public room. */
  readonly passwordHash: string | undefined;
  /** The locked rooms that the password opens. */
  readonly passes: readonly RoomPass[];
  readonly address: string;
  readonly port: number;
}

/** There is no room for a request. */
export interface NoRoom {
  /** A literal, for the log. */
  readonly reason: string;
  /** An INFO for the client, when RetroArch can tell its player the difference. */
  readonly show?: Info;
}

/** Finds the room for a client, or opens one. */
export interface Matchmaker {
  find(request: JoinRequest): Promise<Result<RoomPass, NoRoom>>;
  /** Why a client from this address gets no slot, whatever it has loaded. */
  objection(address: string): "full" | "denied" | undefined;
  /** What the room has loaded, for a client that asks; undefined: that depends on the client. */
  readonly loaded?: () => Info;
  /** The salt for the next client's password; undefined: none is asked for. Where passwords name rooms, all get the same. */
  readonly salt?: () => number;
}

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

/** Asks clients what they have loaded, and gives them a room of that game. */
export class QuickJoin {
  readonly #parts: QuickJoinParts;
  readonly #handshakes: HandshakeServer;
  /** From the nickname until there is a room. */
  readonly #asked: HalfOpenConnections;

  constructor(parts: QuickJoinParts) {
    this.#parts = parts;
    const { limits, matchmaker } = parts;
    this.#handshakes = new HandshakeServer({
      ...parts,
      limits: { ...limits, halfOpenPerRoom: limits.halfOpenPort },
      ...(matchmaker.salt === undefined ? {} : { salt: matchmaker.salt }),
      objection: (address) => matchmaker.objection(address),
    });
    this.#asked = new HalfOpenConnections(limits.contentQueries, limits.halfOpenPerAddress);
  }

  /** Takes a client from its handshake to its room. */
  async receive(reader: MessageReader): Promise<void> {
    const { matchmaker } = this.#parts;
    const admitted = await this.#handshakes.readHeader(reader);
    const client = admitted === undefined ? undefined : await this.#handshakes.readNick(admitted);
    if (client?.ok !== true) {
      return;
    }
    this.#asked.add(reader);
    const content = await queryContent(client.value, {
      ...this.#parts,
      ...(matchmaker.loaded === undefined ? {} : { loaded: matchmaker.loaded }),
    });
    if (!content.ok) {
      reader.destroy(content.reason);
      this.#log(client.value, content.reason);
      return;
    }
    await this.#place(client.value, content.value);
  }

  close(): void {
    this.#handshakes.close();
    this.#asked.close("gateway-closed");
  }

  async #place(client: IdentifiedClient, content: ContentAnswer): Promise<void> {
    const { reader } = client;
    const placed = await reader.until<Result<RoomPass, NoRoom>>((done) => {
      void this.#findRoom(client, content).then(done);
      return () => undefined;
    });
    if (!placed.ok) {
      reader.destroy(placed.reason);
      this.#log(client, placed.reason, content.info);
    } else if (!placed.value.ok) {
      const { reason, show } = placed.value.reason;
      this.#log(client, reason, content.info);
      this.#turnAway(reader, show);
    } else {
      const { sessionId } = placed.value.value;
      const facts = { sessionId, nick: client.nick, address: reader.connection.address };
      this.#parts.logger.debug({ ...facts, ...told(content.info) }, "room found");
    }
  }

  /** Finds a room and enters it, again when it has filled up meanwhile. */
  async #findRoom(client: IdentifiedClient, content: ContentAnswer): Promise<Result<RoomPass, NoRoom>> {
    const { matchmaker, logger } = this.#parts;
    const { info, passwordHash, passes } = content;
    const { address, port } = client.reader.connection;
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const found = await matchmaker.find({ ...info, passwordHash, passes, address, port });
        if (!found.ok || client.reader.hasEnded || this.#enter(client, content, found.value)) {
          return found;
        }
      }
      return fail({ reason: "full" });
    } catch (error) {
      logger.error({ err: error }, "a room could not be looked for: a bug in netplayd, please report it");
      client.reader.destroy("fault");
      return fail({ reason: "fault" });
    }
  }

  #enter(client: IdentifiedClient, content: ContentAnswer, { sessionId, mayPlay }: RoomPass): boolean {
    const { info: said, handshakeFromMs } = content;
    const entered = this.#parts.enter(sessionId, { ...client, said, handshakeFromMs, watchesOnly: !mayPlay });
    if (entered) {
      this.#asked.delete(client.reader);
    }
    return entered;
  }

  /**
   * There is no room. RetroArch names the difference when it is shown another INFO. It takes a connection that is closed now for
   * a wrong password, so the client is left to give up itself.
   */
  #turnAway(reader: MessageReader, show: Info | undefined): void {
    const { clock, limits } = this.#parts;
    const { connection } = reader;
    reader.release();
    connection.read({ data: () => undefined, closed: () => undefined });
    if (show !== undefined) {
      connection.write(encodeCommand(COMMAND.info, encodeInfo(show)));
    }
    const patience = clock.after(limits.noRoomMs, () => {
      connection.finish(limits.lingerMs);
    });
    void connection.gone.then(() => {
      patience.cancel();
    });
  }

  #log({ nick, reader }: IdentifiedClient, reason: string, info?: Info): void {
    const facts = { nick, address: reader.connection.address, reason };
    this.#parts.logger.info({ ...facts, ...(info && told(info)) }, "client got no room");
  }
}

function told({ coreName, coreVersion, crc }: Info): Record<string, string> {
  return { core: coreName, coreVersion, crc: formatCrc32(crc) };
}
