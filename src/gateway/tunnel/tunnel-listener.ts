import { decodeHostTunnelMessage, type HostTunnelMessage } from "../../netplay/index.ts";
import type { Clock, Logger } from "../../shared/index.ts";
import { newConnection, readFirstMessage, type UnreadConnection, type Connection } from "../net/index.ts";
import type { GatewayLimits } from "../limits.ts";

/** What a connection may send before it is known whose it is; RetroArch sends 16 bytes and waits. */
const MAX_EARLY_BYTES = 1024;

export const TUNNEL_ADDRESS = "127.0.0.1";

/** Both ends of a connection to a tunnel listener, as whoever opened it sees them. */
export interface TunnelConnection {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

export interface TunnelListenerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: Pick<GatewayLimits, "halfOpenTunnel" | "tunnelOpeningMs">;
  /** Whether the far end of a connection is the session's host; does not reject. */
  readonly isHost: (connection: TunnelConnection) => Promise<boolean>;
  readonly onMessage: (connection: Connection, message: HostTunnelMessage, rest: Buffer) => void;
}

/** Where a session's host dials in. Anybody on this machine may dial there, and only the host is listened to. */
export class TunnelListener {
  readonly #parts: TunnelListenerParts;
  readonly #newcomers = new Set<Connection>();
  #strangerLogged = false;

  constructor(parts: TunnelListenerParts) {
    this.#parts = parts;
  }

  /**
   * A connection to the tunnel listener: the control connection, a link, or a stranger.
   *
   * @param tunnelPort - Of the listener.
   */
  accept(connection: Connection, tunnelPort: number): void {
    const { clock, limits, isHost } = this.#parts;
    if (this.#newcomers.size >= limits.halfOpenTunnel) {
      connection.destroy();
      return;
    }
    this.#newcomers.add(connection);
    void connection.gone.then(() => this.#newcomers.delete(connection));
    const unread = newConnection(connection, clock);
    let early = unread.rest;
    connection.read({
      data: (chunk) => {
        early = Buffer.concat([early, chunk]);
        if (early.length > MAX_EARLY_BYTES) {
          connection.destroy();
        }
      },
      closed: () => undefined,
    });
    const ends = {
      localAddress: connection.address,
      localPort: connection.port,
      remoteAddress: TUNNEL_ADDRESS,
      remotePort: tunnelPort,
    };
    void isHost(ends).then((its) => {
      if (!this.#newcomers.has(connection)) {
        return;
      }
      if (its) {
        this.#receive({ ...unread, rest: early });
      } else {
        this.#refuse(connection);
      }
    });
  }

  /** Ends the connections that have not said what they are. */
  close(): void {
    this.#newcomers.forEach((connection) => {
      connection.destroy();
    });
  }

  #receive(unread: UnreadConnection): void {
    const { clock, limits, onMessage } = this.#parts;
    const { connection } = unread;
    readFirstMessage(unread, clock, {
      deadlineMs: limits.tunnelOpeningMs,
      decode: decodeHostTunnelMessage,
      onMessage: (message, { rest }) => {
        this.#newcomers.delete(connection);
        onMessage(connection, message, rest);
      },
    });
  }

  #refuse(connection: Connection): void {
    const { logger } = this.#parts;
    if (!this.#strangerLogged) {
      this.#strangerLogged = true;
      logger.warn(
        { address: connection.address, port: connection.port },
        "another program than the session's host has dialled its tunnel port and is closed; the next ones are not logged",
      );
    }
    connection.destroy();
  }
}
