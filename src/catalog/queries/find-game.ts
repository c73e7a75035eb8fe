import type { GameQuery } from "../../game.ts";
import { statSync, type Stats } from "node:fs";
import type { Database } from "better-sqlite3";
import type { CoreConfig } from "../../config.ts";
import { fail, ok, type Result } from "../../shared/index.ts";
import type { FileStamp } from "../content/index.ts";
import { FOUND_COLUMNS, toEntry, UNKNOWN_CRC, type CatalogEntry, type FoundRow } from "../store/index.ts";
import { chooseCore, chooseEntry, type Lookups } from "./matching.ts";

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
  const byCrc = database.prepare<[number, number], FoundRow>(
    `${select} e.core_id = ? AND e.crc = ? ORDER BY e.id`,
  );
  const byBase = database.prepare<[number, string], FoundRow>(
    `${select} e.core_id = ? AND e.base_key = ? ORDER BY e.id`,
  );
  const byAlias = database.prepare<[number, string], FoundRow>(
    `${select} e.id IN (SELECT entry_id FROM aliases WHERE core_id = ? AND key = ?) ORDER BY e.id`,
  );
  const coreId = createCoreIds(database);
  return {
    byCrc: (coreKey, crc) => byCrc.all(coreId(coreKey), crc),
    byName: (coreKey, key) => {
      const id = coreId(coreKey);
      const named = byBase.all(id, key);
      return named.length > 0 ? named : byAlias.all(id, key);
    },
  };
}

/** Ids of cores never change once given, so the ones that are known are remembered. */
function createCoreIds(database: Database): (coreKey: string) => number {
  const select = database.prepare<[string], { id: number }>("SELECT id FROM cores WHERE key = ?");
  const known = new Map<string, number>();
  return (coreKey) => {
    const id = known.get(coreKey) ?? select.get(coreKey)?.id;
    if (id === undefined) {
      return 0;
    }
    known.set(coreKey, id);
    return id;
  };
}
