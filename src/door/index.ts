export { createDoor, type Door } from "./door.ts";
export type { DoorEvent, RosterEntry } from "./door-event.ts";
export type { DoorLimits } from "./limits.ts";
