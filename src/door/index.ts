export { createDoor, type Door } from "./door.ts";
export type { DoorEvent, RosterEntry } from "./door-event.ts";
export type { DoorLimits } from "./limits.ts";
export { tryToListen, type ListenFault } from "./listener.ts";
export type { NoRoom, RoomFinder, Wish } from "./just-connect.ts";
export type { FixedEntrance, OnePortOptions } from "./one-port.ts";
export type { RelayedRoomInfo } from "./relay.ts";
export type { RoomPass } from "./room-keys.ts";
