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

/** How often a room is looked for when the one that was found has filled up meanwhile. */
const ATTEMPTS = 3;

/** What a client that quick-joins has loaded, and where it is. */
export interface JoinRequest extends Info {
  /** Names the room, as the hash that it is; undefined: the public room. */
  readonly passwordHash: string | undefined;
  /** The locked rooms that the word opens. */
  readonly passes: readonly RoomPass[];
  readonly address: string;
  readonly port: number;
}

/** There is no room for a request. */
export interface NoRoom {
  /** A literal, for the log. */
  readonly reason: string;
  /** What is hosted here instead, when RetroArch says something true about the difference. */
  readonly show?: Info;
}

/** Looks for the room of a client that quick-joins, or opens one. */
export interface Matchmaker {
  find(request: JoinRequest): Promise<Result<RoomPass, NoRoom>>;
  /** Why somebody from this address could not be given a slot, whatever they have loaded. */
  objection(address: string): "full" | "denied" | undefined;
  /** What its room has loaded, for a client that asks; undefined: it depends on what the client brings. */
  readonly loaded?: () => Info;
  /** The salt for the next one's password; undefined: nobody is asked for one. Where words name rooms, it must be everybody's. */
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

/** Clients that know nothing but our address: they are asked what they have loaded, and get a room of that game. */
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

  /** A connection on which a client's handshake is to come. */
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
   * There is no room. RetroArch says what differs when it is shown another INFO; for every other reason it has no
   * words, and a connection that is closed at this point it takes for a wrong password. So the client is left to give up itself.
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
