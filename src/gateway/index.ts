export { createGateway, type Gateway } from "./gateway.ts";
export type { GatewayEvent, RosterEntry } from "./gateway-event.ts";
export type { GatewayLimits } from "./limits.ts";
export { tryToListen } from "./net/index.ts";
export type { PersistentRoomEntry } from "./netplay-port/index.ts";
export type { RelayedRoomInfo } from "./relay/index.ts";
