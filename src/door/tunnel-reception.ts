import { decodeHostTunnelMessage, type HostTunnelMessage } from "../netplay/index.ts";
import type { Clock, Logger } from "../shared/index.ts";
import { newlyArrived, receiveGreeting, type Arrived } from "./greeting.ts";
import type { DoorLimits } from "./limits.ts";
import type { Wire } from "./wire.ts";

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

export interface TunnelReceptionParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: Pick<DoorLimits, "halfOpenTunnel" | "tunnelGreetingMs">;
  /** Whether the far end of a connection is the session's host; does not reject. */
  readonly isHost: (connection: TunnelConnection) => Promise<boolean>;
  readonly onMessage: (wire: Wire, message: HostTunnelMessage, rest: Buffer) => void;
}

/** Where a session's host dials in. Anybody on this machine may dial there, and only the host is listened to. */
export class TunnelReception {
  readonly #parts: TunnelReceptionParts;
  readonly #newcomers = new Set<Wire>();
  #strangerLogged = false;

  constructor(parts: TunnelReceptionParts) {
    this.#parts = parts;
  }

  /**
   * A connection to the tunnel listener: the control connection, a link, or a stranger.
   *
   * @param tunnelPort - Of the listener.
   */
  accept(wire: Wire, tunnelPort: number): void {
    const { clock, limits, isHost } = this.#parts;
    if (this.#newcomers.size >= limits.halfOpenTunnel) {
      wire.destroy();
      return;
    }
    this.#newcomers.add(wire);
    void wire.gone.then(() => this.#newcomers.delete(wire));
    const arrived = newlyArrived(wire, clock);
    let early = arrived.rest;
    wire.read({
      data: (chunk) => {
        early = Buffer.concat([early, chunk]);
        if (early.length > MAX_EARLY_BYTES) {
          wire.destroy();
        }
      },
      closed: () => undefined,
    });
    const connection = {
      localAddress: wire.address,
      localPort: wire.port,
      remoteAddress: TUNNEL_ADDRESS,
      remotePort: tunnelPort,
    };
    void isHost(connection).then((its) => {
      if (!this.#newcomers.has(wire)) {
        return;
      }
      if (its) {
        this.#receive({ ...arrived, rest: early });
      } else {
        this.#refuse(wire);
      }
    });
  }

  /** Ends the connections that have not said what they are. */
  close(): void {
    this.#newcomers.forEach((wire) => {
      wire.destroy();
    });
  }

  #receive(arrived: Arrived): void {
    const { clock, limits, onMessage } = this.#parts;
    const { wire } = arrived;
    receiveGreeting(arrived, clock, {
      deadlineMs: limits.tunnelGreetingMs,
      decode: decodeHostTunnelMessage,
      onMessage: (message, { rest }) => {
        this.#newcomers.delete(wire);
        onMessage(wire, message, rest);
      },
    });
  }

  #refuse(wire: Wire): void {
    const { logger } = this.#parts;
    if (!this.#strangerLogged) {
      this.#strangerLogged = true;
      logger.warn(
        { address: wire.address, port: wire.port },
        "another program than the session's host has dialled its tunnel port and is closed; the next ones are not logged",
      );
    }
    wire.destroy();
  }
}
