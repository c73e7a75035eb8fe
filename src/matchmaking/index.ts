export { createMatchmaker } from "./matchmaker.ts";
export { createRoomMatchmaker } from "./room-matchmaker.ts";
export type { JoinableSessions, MatchmakingParts } from "./place-player.ts";
