export { Host, type HostSetup } from "./host.ts";
export { endOrphans } from "./orphans.ts";
export { createPortPool } from "./port-pool.ts";
export type { SessionInfo } from "./session-info.ts";
export { Supervisor } from "./supervisor.ts";
