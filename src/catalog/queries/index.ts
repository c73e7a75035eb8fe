export { createFindGame, type FindRefusal, type CatalogMatch } from "./find-game.ts";
export { createOtherCrc, listEntries, type ListFilter, someEntries } from "./list-entries.ts";
export { servingCores } from "./serving-cores.ts";
export { type EntryDetails, showEntry } from "./show-entry.ts";
