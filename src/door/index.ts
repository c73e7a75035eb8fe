export { createDoor, type Door, type DoorParts, type OpenRoom } from "./door.ts";
export type { DoorEvent, LeaveReason, LostReason, RosterEntry } from "./door-event.ts";
export type { DoorLimits } from "./limits.ts";
