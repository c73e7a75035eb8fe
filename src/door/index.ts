export { createDoor, type Door } from "./door.ts";
export type { DoorEvent, RosterEntry } from "./door-event.ts";
export type { DoorLimits } from "./limits.ts";
export type { NoRoom, RoomFinder, Wish } from "./just-connect.ts";
export type { RelayedRoomInfo } from "./relay.ts";
