export { createMatchmaker } from "./matchmaker.ts";
export { createPersistentRoomMatchmaker } from "./persistent-room-matchmaker.ts";
export type { JoinableSessions, MatchmakingParts } from "./place-player.ts";
