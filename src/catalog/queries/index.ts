export { createFindGame, type FindRefusal, type FoundGame } from "./find-game.ts";
export { createOtherCrc, listEntries, type ListFilter, someEntries } from "./list-entries.ts";
export { type GameQuery, servingCores } from "./matching.ts";
export { createShowEntry, type EntryDetails } from "./show-entry.ts";
