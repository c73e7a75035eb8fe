export { createFixedRooms, type FixedRooms, type RoomSessions } from "./fixed-rooms.ts";
export { findRoomGame } from "./find-room-game.ts";
export { identifyRooms, type FixedRoom } from "./room-ids.ts";
export { adviceFor } from "./why-not.ts";
