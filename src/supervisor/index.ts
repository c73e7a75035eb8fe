export { createHostLauncher } from "./host-launcher.ts";
export type { DoorCommands } from "./door-commands.ts";
export type { HostedGame } from "./hosted-game.ts";
export { readStartTicks } from "./host-record.ts";
export { endLeftovers } from "./leftovers.ts";
export { createPortPool } from "./port-pool.ts";
export type { SessionTimes } from "./session-state.ts";
export type { OpenedSession } from "./session.ts";
export { Supervisor, type OpenRefusal, type SessionInfo } from "./supervisor.ts";
