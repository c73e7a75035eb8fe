export { createFixedRooms, type FixedRooms, type RoomSessions } from "./fixed-rooms.ts";
export { identifyRooms, type FixedRoom } from "./room-ids.ts";
