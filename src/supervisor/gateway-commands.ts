import type { Port, Result, SessionId } from "../shared/index.ts";
import type { SessionOrder } from "./session-order.ts";

/** What the supervisor asks of the gateway. */
export interface GatewayCommands {
  /** Binds the session's public port, if it shall have one, and a loopback port for its host. */
  open(
    sessionId: SessionId,
    port: Port | undefined,
    order: Pick<SessionOrder, "game" | "room">,
  ): Promise<Result<{ readonly tunnelPort: Port }, "port-in-use" | "address-unavailable">>;
  /** A host that sleeps is not asked for signs of life; one that hosts is from its RATS on. */
  setHostAsleep(sessionId: SessionId, asleep: boolean): void;
  /** Ends every connection of the session; resolves when both ports are free. A session that is not open is fine. */
  close(sessionId: SessionId): Promise<void>;
}
