import { fail, ok, type Clock, type Logger, type Port, type Result } from "../../shared/index.ts";
import type { Budget } from "../budget/index.ts";
import {
  newConnection,
  type UnreadConnection,
  listen,
  type Listener,
  type ListenFault,
  Connection,
} from "../net/index.ts";
import { TUNNEL_ADDRESS } from "../tunnel/index.ts";

interface RoomListenersParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly budget: Budget;
  readonly onClient: (unread: UnreadConnection) => void;
  /** @param localPort - The tunnel port. */
  readonly onTunnel: (connection: Connection, localPort: number) => void;
}

/** A session's own ports: one on loopback for its host, and one for players if it has one. */
export class RoomListeners {
  readonly #parts: RoomListenersParts;
  readonly #open: Listener[] = [];

  constructor(parts: RoomListenersParts) {
    this.#parts = parts;
  }

  /** @param port - undefined: the room is reached through the netplay port alone. */
  async open(
    host: string,
    port: Port | undefined,
  ): Promise<Result<{ readonly tunnelPort: Port }, ListenFault>> {
    const { clock, logger, budget, onClient, onTunnel } = this.#parts;
    const tunnelSide = await listen(TUNNEL_ADDRESS, 0, logger, (socket) => {
      onTunnel(new Connection(socket, clock, logger), socket.localPort ?? 0);
    });
    if (!tunnelSide.ok) {
      return fail("address-unavailable");
    }
    this.#open.push(tunnelSide.value);
    if (port !== undefined) {
      const publicSide = await listen(host, port, logger, (socket) => {
        onClient(newConnection(new Connection(socket, clock, logger, budget), clock));
      });
      if (!publicSide.ok) {
        await this.close();
        return publicSide;
      }
      this.#open.push(publicSide.value);
    }
    return ok({ tunnelPort: tunnelSide.value.port });
  }

  /** Takes nobody in any more; resolves when the ports are free and everybody who came in here is gone. */
  async close(): Promise<void> {
    await Promise.all(this.#open.map((listener) => listener.close()));
  }
}
