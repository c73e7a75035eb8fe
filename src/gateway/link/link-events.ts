import type { Info, Sync } from "../../netplay/index.ts";
import type { LeaveReason } from "../gateway-event.ts";
import type { HostHandshakeResult } from "../handshake/index.ts";

/** What a link tells its owner. */
export interface LinkEvents {
  /** Bytes came from the host; on links with an idle time alone. */
  hostSpoke?(): void;
  /** The host's header has come. */
  hostIdentified(facts: Pick<HostHandshakeResult, "asksPassword">): void;
  /** What the host says that it has loaded. */
  informed(info: Info): void;
  synced(sync: Sync): void;
  /** Ports from 1 that the client drives from now on; none: it watches. */
  plays(ports: readonly number[]): void;
  pinged(pingMs: number): void;
  /** The link has come to its end; `command` is the one at fault, if one was. The owner calls `end`. */
  failed(reason: LeaveReason, command?: number): void;
}
