export {
  type NetplayPort,
  type NetplayPortOptions,
  type PersistentRoomEntry,
  createNetplayPort,
} from "./netplay-port.ts";
export type { JoinRequest, Matchmaker, NoRoom } from "./quick-join.ts";
