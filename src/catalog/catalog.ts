import type { Database } from "better-sqlite3";
import type { CoreConfig } from "../config.ts";
import { ok, type Result } from "../shared/index.ts";
import { SELECT_ENTRIES, toEntry, type CatalogEntry, type EntryRow } from "./catalog-entry.ts";
import { importDat, type ImportOptions, type ImportReport } from "./dat/import-dat.ts";
import { createFindGame, type FindRefusal, type FoundGame } from "./find-game.ts";
import { listEntries, type ListFilter } from "./list-entries.ts";
import type { GameQuery } from "./matching.ts";
import { openDatabase, type CatalogProblem, type OpenOptions } from "./open-database.ts";
import { addFiles, scanDirectories, type ScanOptions } from "./scan.ts";
import type { ScanReport } from "./scan-report.ts";

/** The games that can be hosted. Other processes may read and write the same file meanwhile. */
export interface Catalog {
  /** The game that a request means. The hot path: some microseconds. */
  find(query: GameQuery, cores: readonly CoreConfig[]): Result<FoundGame, FindRefusal>;
  list(filter?: ListFilter): CatalogEntry[];
  show(id: number): CatalogEntry | undefined;
  /** Forgets an entry until its file changes or is added again; the file stays. False when there is none. */
  remove(id: number): boolean;
  /** Brings the catalog up to date with folders. Fails, with a line for the operator, only when it cannot begin. */
  scan(options: ScanOptions): Promise<Result<ScanReport, string>>;
  /** Adds files, or reads them again. */
  add(options: ScanOptions): Promise<Result<ScanReport, string>>;
  /** Imports a DAT, in the place of an earlier one of the same name. */
  importDat(options: ImportOptions): Promise<Result<ImportReport, string>>;
  close(): void;
}

/** Opens a catalog, makes it when there is none, upgrades an older one. A file that is refused is left as it is. */
export function openCatalog(file: string, options: OpenOptions = {}): Result<Catalog, CatalogProblem> {
  const opened = openDatabase(file, options);
  return opened.ok ? ok(createCatalog(opened.value)) : opened;
}

function createCatalog(database: Database): Catalog {
  const byId = database.prepare<[number], EntryRow>(`${SELECT_ENTRIES} WHERE e.id = ?`);
  const remove = database.prepare<[number]>("DELETE FROM entries WHERE id = ?");
  return {
    find: createFindGame(database),
    list: (filter = {}) => listEntries(database, filter),
    show: (id) => {
      const row = byId.get(id);
      return row === undefined ? undefined : toEntry(row, row.core, row.mtimeMs);
    },
    remove: (id) => remove.run(id).changes === 1,
    scan: (options) => scanDirectories(database, options),
    add: (options) => addFiles(database, options),
    importDat: (options) => importDat(database, options),
    close: () => {
      database.close();
    },
  };
}
