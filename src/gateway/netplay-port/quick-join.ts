import type { Matchmaker, NoRoom, RoomPass } from "../../join-request.ts";
import type { Info } from "../../netplay/index.ts";
import { fail, formatCrc32, type Result, type SessionId } from "../../shared/index.ts";
import { queryContent, type ContentAnswer } from "./content-query.ts";
import { showDifference } from "./show-difference.ts";
import type { Unlock } from "./password-query.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { HandshakeServer, type IdentifiedClient } from "../handshake/index.ts";
import { HalfOpenConnections, type MessageReader } from "../net/index.ts";

export interface QuickJoinParts extends GatewayContext {
  readonly matchmaker: Matchmaker;
  readonly unlock: Unlock;
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
      showDifference(reader, show, this.#parts);
    } else {
      const { sessionId } = placed.value.value;
      const facts = { sessionId, nick: client.nick, address: reader.connection.address };
      this.#parts.logger.debug({ ...facts, ...told(content.info) }, "room found");
    }
  }

  async #findRoom(client: IdentifiedClient, content: ContentAnswer): Promise<Result<RoomPass, NoRoom>> {
    const { matchmaker, logger } = this.#parts;
    const { info, passwordHash, passes } = content;
    const { address, port } = client.reader.connection;
    try {
      return await matchmaker.place(
        { ...info, passwordHash, passes, address, port },
        // A client that has left is not placed again.
        (pass) => client.reader.hasEnded || this.#enter(client, content, pass),
      );
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

  #log({ nick, reader }: IdentifiedClient, reason: string, info?: Info): void {
    const facts = { nick, address: reader.connection.address, reason };
    this.#parts.logger.info({ ...facts, ...(info && told(info)) }, "client got no room");
  }
}

function told({ coreName, coreVersion, crc }: Info): Record<string, string> {
  return { core: coreName, coreVersion, crc: formatCrc32(crc) };
}
