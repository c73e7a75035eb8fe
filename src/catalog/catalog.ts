import type { GameQuery } from "../game.ts";
import { rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Database } from "better-sqlite3";
import type { CoreConfig } from "../config.ts";
import { describeError, fail, ok, type Crc32, type Result } from "../shared/index.ts";
import {
  type CatalogEntry,
  type ListedEntry,
  openDatabase,
  type CatalogProblem,
  type OpenOptions,
} from "./store/index.ts";
import { importDat, type ImportOptions, type ImportReport } from "./dat/index.ts";
import {
  createFindGame,
  type FindRefusal,
  type CatalogMatch,
  createOtherCrc,
  listEntries,
  someEntries,
  type ListFilter,
  showEntry,
  type EntryDetails,
} from "./queries/index.ts";
import { addFiles, scanDirectories, type ScanOptions, type ScanReport } from "./scan/index.ts";
import { verifyEntries, type VerifyOptions, type VerifyReport } from "./verify/index.ts";

/** The games that can be hosted. Other processes may read and write the same file meanwhile. */
export interface Catalog {
  /** The game that a request means. The hot path: some microseconds. */
  find(query: GameQuery, cores: readonly CoreConfig[]): Result<CatalogMatch, FindRefusal>;
  list(filter?: ListFilter): ListedEntry[];
  /** A few games of a core whose files the last scan found, without reading the whole list. */
  some(core: string, count: number): CatalogEntry[];
  /** The CRC of a game of this core that is not the one given; undefined when there is none. */
  otherCrc(core: string, crc: Crc32): Crc32 | undefined;
  /** Everything that is known of an entry. */
  show(id: number): EntryDetails | undefined;
  /** Forgets an entry until its file changes or is added again; the file stays. False when there is none. */
  remove(id: number): boolean;
  /** Brings the catalog up to date with folders. Fails, with a line for the operator, only when it cannot begin. */
  scan(options: ScanOptions): Promise<Result<ScanReport, string>>;
  /** Adds files, or reads them again. */
  add(options: ScanOptions): Promise<Result<ScanReport, string>>;
  /** Imports a DAT, in the place of an earlier one of the same name. */
  importDat(options: ImportOptions): Promise<Result<ImportReport, string>>;
  /** Tries games in real hosts and keeps what came of it. */
  verify(options: VerifyOptions): Promise<VerifyReport>;
  /** Copies the catalog, as it is now, while others read and write it. Fails with a line for the operator. */
  backup(file: string): Promise<Result<undefined, string>>;
  close(): void;
}

export interface OpenCatalogOptions extends OpenOptions {
  /** `find` answers only with games that a host was seen to work with. */
  readonly onlyVerified?: boolean | undefined;
}

/** Opens a catalog, makes it when there is none, upgrades an older one. A file that is refused is left as it is. */
export function openCatalog(file: string, options: OpenCatalogOptions = {}): Result<Catalog, CatalogProblem> {
  const opened = openDatabase(file, options);
  return opened.ok ? ok(createCatalog(opened.value, options.onlyVerified ?? false)) : opened;
}

function createCatalog(database: Database, onlyVerified: boolean): Catalog {
  const remove = database.prepare<[number]>("DELETE FROM entries WHERE id = ?");
  return {
    find: createFindGame(database, onlyVerified),
    list: (filter = {}) => listEntries(database, filter),
    some: (core, count) => someEntries(database, core, count),
    otherCrc: createOtherCrc(database),
    show: (id) => showEntry(database, id),
    remove: (id) => remove.run(id).changes === 1,
    scan: (options) => scanDirectories(database, options),
    add: (options) => addFiles(database, options),
    importDat: (options) => importDat(database, options),
    verify: (options) => verifyEntries(database, options),
    backup: (file) => backup(database, file),
    close: () => {
      database.close();
    },
  };
}

/** SQLite's online backup. Into a file of its own first: a backup that fails does not destroy the one before. */
async function backup(database: Database, file: string): Promise<Result<undefined, string>> {
  if (path.resolve(file) === path.resolve(database.name)) {
    return fail(`${file} is the catalog itself: name another file`);
  }
  const unfinished = `${file}.unfinished`;
  try {
    await rm(unfinished, { force: true });
    await database.backup(unfinished);
    await rename(unfinished, file);
    return ok(undefined);
  } catch (error) {
    await rm(unfinished, { force: true });
    return fail(`cannot write the backup ${file}: ${describeError(error)}`);
  }
}
