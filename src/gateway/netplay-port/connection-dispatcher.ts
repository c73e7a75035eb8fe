import type { Socket } from "node:net";
import {
  addressGroup,
  type TokenBuckets,
  ok,
  sessionIdFromBytes,
  type Clock,
  type Logger,
  type Port,
  type Result,
  type SessionId,
} from "../../shared/index.ts";
import type { Budget } from "../budget/index.ts";
import {
  newConnection,
  readFirstMessage,
  type UnreadConnection,
  HalfOpenList,
  decodeOpeningBytes,
  type OpeningBytes,
  listen,
  type Listener,
  type ListenFault,
  Connection,
} from "../net/index.ts";
import type { GatewayLimits } from "../limits.ts";

/** Who goes on with a connection, by what it has said. */
interface Destinations {
  readonly netplay: (unread: UnreadConnection) => void;
  /** False when there is no such session. */
  readonly join: (sessionId: SessionId, unread: UnreadConnection) => boolean;
  readonly host: (unread: UnreadConnection) => void;
  /** False when nobody has asked for this link. */
  readonly link: (peer: Buffer, unread: UnreadConnection) => boolean;
}

export interface ConnectionDispatcherParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: GatewayLimits;
  readonly budget: Budget;
  /** Ids of sessions that an address tried in vain. */
  readonly guesses: TokenBuckets;
  readonly destinations: Destinations;
}

/** The netplay port: everybody comes in here, and the first bytes say where to. It owns a connection until they have. */
export class ConnectionDispatcher {
  readonly #parts: ConnectionDispatcherParts;
  readonly #halfOpen: HalfOpenList<Connection>;
  #listener: Listener | undefined;

  constructor(parts: ConnectionDispatcherParts) {
    const { limits } = parts;
    this.#parts = parts;
    this.#halfOpen = new HalfOpenList(limits.halfOpenPort, limits.halfOpenPerAddress);
  }

  /** @param port - 0: one that is free. */
  async open(host: string, port: number): Promise<Result<Port, ListenFault>> {
    const { clock, logger, budget } = this.#parts;
    const listener = await listen(host, port, logger, (socket: Socket) => {
      this.#accept(new Connection(socket, clock, logger, budget));
    });
    if (!listener.ok) {
      return listener;
    }
    this.#listener = listener.value;
    return ok(listener.value.port);
  }

  /** Takes nobody in any more; resolves when everybody who came in here is gone, which is their owners' to see to. */
  async close(): Promise<void> {
    const closed = this.#listener?.close();
    this.#halfOpen.members().forEach((connection) => {
      connection.destroy();
    });
    await closed;
  }

  #accept(connection: Connection): void {
    const { clock, limits } = this.#parts;
    this.#halfOpen.add(connection, addressGroup(connection.address))?.destroy();
    void connection.gone.then(() => {
      this.#halfOpen.delete(connection);
    });
    readFirstMessage(newConnection(connection, clock), clock, {
      deadlineMs: limits.openingMs,
      decode: decodeOpeningBytes,
      onMessage: (opening, unread) => {
        this.#halfOpen.delete(connection);
        this.#lead(opening, unread);
      },
    });
  }

  #lead(opening: OpeningBytes, unread: UnreadConnection): void {
    const { netplay, host, join, link } = this.#parts.destinations;
    switch (opening.type) {
      case "netplay":
        netplay(unread);
        return;
      case "host":
        host(unread);
        return;
      case "join": {
        const id = sessionIdFromBytes(opening.id);
        this.#try(unread, () => id !== undefined && join(id, unread), "nobody's session was asked for");
        return;
      }
      case "link":
        this.#try(unread, () => link(opening.peer, unread), "a link that nobody asked for was offered");
    }
  }

  /** Whoever knows an id proves it by knowing it; a miss counts against the address. */
  #try({ connection }: UnreadConnection, hit: () => boolean, missed: string): void {
    const { clock, guesses } = this.#parts;
    const nowMs = clock.now();
    const key = addressGroup(connection.address);
    if (!guesses.has(key, nowMs)) {
      connection.destroy();
    } else if (!hit()) {
      guesses.take(key, nowMs);
      connection.destroy();
      this.#parts.logger.info({ address: connection.address }, missed);
    }
  }
}
