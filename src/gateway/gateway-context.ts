import type { Clock, Logger } from "../shared/index.ts";
import type { Budget } from "./budget/index.ts";
import type { FailedHandshakes } from "./failed-handshakes.ts";
import type { GatewayLimits } from "./limits.ts";

/** What all ports and rooms of the gateway share. */
export interface GatewayContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: GatewayLimits;
  readonly budget: Budget;
  readonly failedHandshakes: FailedHandshakes;
  /** The highest netplay protocol that the hosts speak; asked anew for each client. */
  readonly protocolHigh: () => number;
}
