export { createAliases } from "./aliases.ts";
export { BatchWriter } from "./batch-writer.ts";
export {
  type CatalogEntry,
  type EntryRow,
  type EntryState,
  FOUND_COLUMNS,
  type FoundRow,
  type ListedEntry,
  SELECT_ENTRIES,
  toEntry,
  toListedEntry,
  UNKNOWN_CRC,
} from "./catalog-entry.ts";
export { type CoreHosting, EntryStore } from "./entry-store.ts";
export { type FileFacts, FileStore, type KnownFile } from "./file-store.ts";
export { HEADER_UNREAD } from "./migrations.ts";
export { type CatalogProblem, openDatabase, type OpenOptions } from "./open-database.ts";
