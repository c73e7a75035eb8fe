export { Relay, type RelaySettings, type RelayedRoomInfo } from "./relay.ts";
