export type { PersistentRoomEntry } from "./create-quick-joins.ts";
export { NetplayPort, type NetplayPortOptions } from "./netplay-port.ts";
