export { PersistentRooms, type RoomSessions } from "./persistent-rooms.ts";
export { findRoomGame } from "./find-room-game.ts";
export { identifyRooms } from "./room-ids.ts";
export { adviceFor } from "./advice-for.ts";
