export { createHostLauncher } from "./host-launcher.ts";
export type { GatewayCommands } from "./gateway-commands.ts";
export { endOrphans } from "./orphans.ts";
export { createPortPool } from "./port-pool.ts";
export type { SessionTimes } from "./session-state.ts";
export type { OpenedSession } from "./session.ts";
export { Supervisor, type OpenRefusal, type SessionInfo } from "./supervisor.ts";
