export { NetplayPort, type NetplayPortOptions, type PersistentRoomEntry } from "./netplay-port.ts";
