export type { SharePlace } from "./shared-path.ts";
export { toCsv } from "./to-csv.ts";
export { toGamelist } from "./to-gamelist.ts";
export { toPlaylist } from "./to-playlist.ts";
