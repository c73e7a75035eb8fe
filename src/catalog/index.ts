export { openCatalog, type Catalog } from "./catalog.ts";
export type { CatalogEntry, EntryState, ListedEntry } from "./store/index.ts";
export { contentCrc, contentArgument, parseContentPath } from "./content/index.ts";
export { createPlayRecorder } from "./plays/index.ts";
export { servingCores, type EntryDetails } from "./queries/index.ts";
export type { ScanOptions, ScanProgress, ScanReport } from "./scan/index.ts";
export { type SharePlace, toCsv, toGamelist, toPlaylist } from "./export/index.ts";
export type { AnnouncedGame, VerifyOne, VerifyReport } from "./verify/index.ts";
