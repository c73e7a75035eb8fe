import { statSync } from "node:fs";
import type { Database } from "better-sqlite3";
import type { CoreConfig } from "../config.ts";
import { fail, ok, type Crc32, type Result } from "../shared/index.ts";
import { SELECT_ENTRIES, toEntry, type CatalogEntry, type EntryRow } from "./catalog-entry.ts";
import { foldName } from "./content-path.ts";
import { chooseCore, chooseEntry, type Candidate, type GameQuery, type Lookups } from "./matching.ts";

/** What hosts the game that was asked for. */
export interface FoundGame {
  readonly entry: CatalogEntry;
  readonly core: CoreConfig;
}

/** `content-missing`: the catalog knows the game, but its file is gone. */
export type FindRefusal = "unknown-core" | "core-version" | "unknown-game" | "content-missing";

interface CandidateRow extends Candidate {
  readonly row: EntryRow;
}

/** Prepares the statements of the hot path once; the function that it returns answers a request. */
export function createFindGame(
  database: Database,
): (query: GameQuery, cores: readonly CoreConfig[]) => Result<FoundGame, FindRefusal> {
  const lookups = createLookups(database);
  return (query, cores) => {
    const core = chooseCore(query, cores);
    if (!core.ok) {
      return core;
    }
    const chosen = chooseEntry(query, core.value, lookups);
    if (chosen === undefined) {
      return fail("unknown-game");
    }
    const entry = toEntry(chosen.row);
    const there = statSync(entry.path, { throwIfNoEntry: false })?.isFile() ?? false;
    return there ? ok({ entry, core: core.value }) : fail("content-missing");
  };
}

function createLookups(database: Database): Lookups<CandidateRow> {
  const coreId = "(SELECT id FROM cores WHERE key = ?)";
  const byCrc = database.prepare<[string, number], EntryRow>(
    `${SELECT_ENTRIES} WHERE e.core_id = ${coreId} AND e.crc = ? ORDER BY e.id`,
  );
  const byBase = database.prepare<[string, string], EntryRow>(
    `${SELECT_ENTRIES} WHERE e.core_id = ${coreId} AND e.base_key = ? ORDER BY e.id`,
  );
  const byAlias = database.prepare<[string, string], EntryRow>(
    `${SELECT_ENTRIES} WHERE e.id IN (SELECT entry_id FROM aliases WHERE core_id = ${coreId} AND key = ?) ORDER BY e.id`,
  );
  return {
    byCrc: (core: CoreConfig, crc: Crc32) => byCrc.all(foldName(core.name), crc).map(toCandidate),
    byName: (core: CoreConfig, key: string) => {
      const coreKey = foldName(core.name);
      return [...byBase.all(coreKey, key), ...byAlias.all(coreKey, key)].map(toCandidate);
    },
  };
}

function toCandidate(row: EntryRow): CandidateRow {
  return { row, baseKey: row.baseKey, missing: row.missing === 1 };
}
