import type { GameQuery } from "../../game.ts";
import { statSync, type Stats } from "node:fs";
import type { Database } from "better-sqlite3";
import type { CoreConfig } from "../../config.ts";
import { fail, foldName, ok, type Crc32, type Result } from "../../shared/index.ts";
import type { FileStamp } from "../content/index.ts";
import { FOUND_COLUMNS, toEntry, UNKNOWN_CRC, type CatalogEntry, type FoundRow } from "../store/index.ts";
import { chooseCore } from "./serving-cores.ts";

/** What hosts the game that was asked for. */
export interface CatalogMatch {
  readonly entry: CatalogEntry;
  readonly core: CoreConfig;
}

/**
 * `content-missing`: the catalog knows the game, but its file is gone. `content-changed`: the file has changed since it was read, so
 * its CRC is not known. `not-verified`: only verified games are hosted and this one is not; or only a host can tell its CRC, and
 * none has.
 */
export type FindRefusal =
  "unknown-core" | "core-version" | "unknown-game" | "content-missing" | "content-changed" | "not-verified";

/** What matching has to know of an entry. */
export interface MatchCandidate {
  /** File name without extension, folded by `foldName`. */
  readonly baseKey: string;
  /** 1 when the last scan did not find its file. */
  readonly missing: 0 | 1;
}

/** The catalog's answers for a core, by its name as `foldName` has it; each in the order in which the entries were added. */
export interface Lookups<C extends MatchCandidate> {
  byCrc(coreKey: string, crc: Crc32): readonly C[];
  /** Entries with this name, folded: first by file name, then by any other name that is known for them. */
  byName(coreKey: string, key: string): readonly C[];
}

/** Prepares the statements of the hot path once; the function that it returns answers a request. */
export function createFindGame(
  database: Database,
  onlyVerified: boolean,
): (query: GameQuery, cores: readonly CoreConfig[]) => Result<CatalogMatch, FindRefusal> {
  const lookups = createLookups(database);
  const verified = database
    .prepare<[number, number]>("SELECT ok FROM verifications WHERE entry_id = ? AND crc = ?")
    .pluck();
  const stamp = database.prepare<[number], Pick<FileStamp, "sizeBytes" | "mtimeMs">>(
    `SELECT f.size_bytes AS sizeBytes, f.mtime_ms AS mtimeMs FROM entries e JOIN files f ON f.id = e.file_id
    WHERE e.id = ?`,
  );
  return (query, cores) => {
    const core = chooseCore(query, cores);
    if (!core.ok) {
      return core;
    }
    const chosen = chooseEntry(query, core.value, lookups);
    if (chosen === undefined) {
      return fail("unknown-game");
    }
    if (chosen.crc === UNKNOWN_CRC || (onlyVerified && verified.get(chosen.id, chosen.crc) !== 1)) {
      return fail("not-verified");
    }
    const stats = statFile(chosen.path);
    if (stats?.isFile() !== true) {
      return fail("content-missing");
    }
    const read = stamp.get(chosen.id);
    return read?.sizeBytes === stats.size && read.mtimeMs === stats.mtimeMs
      ? ok({ entry: toEntry(chosen, core.value.name, stats.mtimeMs), core: core.value })
      : fail("content-changed");
  };
}

/** Undefined for a file that is not there, and for one in a folder that we may not enter. */
function statFile(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function createLookups(database: Database): Lookups<FoundRow> {
  const select = `SELECT ${FOUND_COLUMNS} FROM entries e WHERE`;
  const coreId = "(SELECT id FROM cores WHERE key = ?)";
  const byCrc = database.prepare<[string, number], FoundRow>(
    `${select} e.core_id = ${coreId} AND e.crc = ? ORDER BY e.id`,
  );
  const byBase = database.prepare<[string, string], FoundRow>(
    `${select} e.core_id = ${coreId} AND e.base_key = ? ORDER BY e.id`,
  );
  const byAlias = database.prepare<[string, string], FoundRow>(
    `${select} e.id IN (SELECT entry_id FROM aliases WHERE core_id = ${coreId} AND key = ?) ORDER BY e.id`,
  );
  return {
    byCrc: (core, crc) => byCrc.all(core, crc),
    byName(core, key) {
      const named = byBase.all(core, key);
      return named.length > 0 ? named : byAlias.all(core, key);
    },
  };
}

/**
 * The entry that a query means, or undefined. By CRC, and among several the one with the query's base name; a
 * query without a CRC, and a core whose sets have no stable one (`match: name`), by base name, then by game name.
 * Entries whose file is there go before those whose file is gone.
 */
export function chooseEntry<C extends MatchCandidate>(
  query: GameQuery,
  core: Pick<CoreConfig, "match">,
  lookups: Lookups<C>,
): C | undefined {
  const key = foldName(query.core);
  if (query.crc !== 0 && core.match === "crc") {
    const found = presentFirst(lookups.byCrc(key, query.crc));
    if (found.length < 2) {
      return found[0];
    }
    const baseKey = foldName(query.base);
    return found.find((candidate) => candidate.baseKey === baseKey) ?? found[0];
  }
  return byName(foldName(query.base), key, lookups) ?? byName(foldName(query.game), key, lookups);
}

function byName<C extends MatchCandidate>(name: string, core: string, lookups: Lookups<C>): C | undefined {
  return name === "" ? undefined : presentFirst(lookups.byName(core, name))[0];
}

function presentFirst<C extends MatchCandidate>(candidates: readonly C[]): readonly C[] {
  if (candidates.length < 2) {
    return candidates;
  }
  const present = candidates.filter((candidate) => candidate.missing === 0);
  return present.length > 0 ? present : candidates;
}
