export { createHostLauncher } from "./host-launcher.ts";
export type { DoorCommands } from "./door-commands.ts";
export type { HostedGame, HostSetup } from "./hosted-game.ts";
export { endLeftovers } from "./leftovers.ts";
export { createPortPool } from "./port-pool.ts";
export type { EndCause, SessionEvent, SessionTimes } from "./session-state.ts";
export type { OpenedSession } from "./session.ts";
export { Supervisor, type OpenRefusal, type SessionInfo } from "./supervisor.ts";
