export { NetplayPort, type NetplayPortOptions, type PersistentRoomEntry } from "./netplay-port.ts";
export type { JoinRequest, Matchmaker, NoRoom } from "./quick-join.ts";
