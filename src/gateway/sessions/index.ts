export { Room, type RoomParts } from "./room.ts";
