export {
  type NetplayPort,
  type NetplayPortOptions,
  type PersistentRoomEntry,
  createNetplayPort,
} from "./netplay-port.ts";
