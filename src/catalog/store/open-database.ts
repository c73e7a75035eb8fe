import { closeSync, mkdirSync, openSync, readSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import {
  describeError,
  fail,
  hasErrorCode,
  makePrivate,
  ok,
  PRIVATE_FILE_MODE,
  PRIVATE_FOLDER_MODE,
  type Logger,
  type Result,
} from "../../shared/index.ts";
import { withFile } from "../content/index.ts";
import { APPLICATION_ID, migrate, MIGRATIONS, schemaVersionOf } from "./migrations.ts";

/** Why a catalog file cannot be used; the message tells the operator what to do. */
export interface CatalogProblem {
  readonly code: "newer-schema" | "not-a-catalog" | "damaged" | "unwritable";
  readonly message: string;
}

export interface OpenOptions {
  readonly logger?: Logger | undefined;
  /** Never writes, and does not make a file that is not there. */
  readonly readonly?: boolean | undefined;
  /** How long, once it is open, it waits for another program's lock. Default 10 s. */
  readonly busyMs?: number | undefined;
  /** Tests bring an older schema. */
  readonly migrations?: readonly string[] | undefined;
}

/** Another program may be writing a batch of a scan. */
const BUSY_TIMEOUT_MS = 10_000;
/** A larger cache does not make lookups faster: nearly every page is needed once. */
const CACHE_KIB = 4096;
/** With the default, a scan would stop every 4 MiB to copy its log into the file, and wait for the disk. */
const CHECKPOINT_PAGES = 4096;
const HEADER_BYTES = 100;

/** Opens, checks and if needed upgrades a catalog's database. A file that is refused is left as it is. */
export function openDatabase(file: string, options: OpenOptions): Result<Database.Database, CatalogProblem> {
  try {
    const header = readHeader(file);
    if (header === undefined || header.length === 0) {
      return options.readonly === true
        ? fail(unwritable(`there is no catalog at ${file} yet: run "netplayd catalog scan" first`))
        : ok(create(file, options));
    }
    const refused = checkHeader(file, header, options) ?? checkContents(file, options);
    return refused === undefined ? ok(connect(file, options)) : fail(refused);
  } catch (error) {
    return fail(toProblem(file, error));
  }
}

/** The first bytes of the file, undefined when there is none. Read without SQLite, which would create further files next to it. */
function readHeader(file: string): Buffer | undefined {
  const header = Buffer.alloc(HEADER_BYTES);
  try {
    return withFile(file, (fd) => header.subarray(0, readSync(fd, header, 0, HEADER_BYTES, 0)));
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) {
      return undefined;
    }
    throw error;
  }
}

/** https://www.sqlite.org/fileformat.html, section 1.3: offset 60 user version, 68 application id, big-endian. */
function checkHeader(file: string, header: Buffer, options: OpenOptions): CatalogProblem | undefined {
  if (header.length < HEADER_BYTES || header.toString("latin1", 0, 16) !== "SQLite format 3\0") {
    return notACatalog(file);
  }
  const version = header.readUInt32BE(60);
  // A catalog that was killed while it was made still has the zeros of an empty database; its log completes it.
  if (header.readUInt32BE(68) !== APPLICATION_ID && !(version === 0 && header.readUInt32BE(68) === 0)) {
    return notACatalog(file);
  }
  return checkVersion(file, version, options);
}

function checkContents(file: string, options: OpenOptions): CatalogProblem | undefined {
  const database = new Database(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    const version = schemaVersionOf(database);
    const tables = Number(database.prepare("SELECT count(*) FROM sqlite_master").pluck().get());
    if (version === 0 && tables > 0) {
      return notACatalog(file);
    }
    const verdict = String(database.pragma("quick_check(1)", { simple: true }));
    return verdict === "ok" ? checkVersion(file, version, options) : damaged(file, verdict);
  } finally {
    database.close();
  }
}

function checkVersion(file: string, version: number, options: OpenOptions): CatalogProblem | undefined {
  const known = (options.migrations ?? MIGRATIONS).length;
  if (version < known && options.readonly === true) {
    return unwritable(
      `${file} was written by an older netplayd: run "netplayd catalog scan" once, which upgrades it`,
    );
  }
  if (version <= known) {
    return undefined;
  }
  return {
    code: "newer-schema",
    message: `${file} was written by a newer netplayd (catalog version ${version}, this one knows ${known}): upgrade netplayd, or move the file away and scan again`,
  };
}

function create(file: string, options: OpenOptions): Database.Database {
  mkdirSync(path.dirname(file), { recursive: true, mode: PRIVATE_FOLDER_MODE });
  // SQLite would make it readable to all, and gives its log the mode of the file.
  closeSync(openSync(file, "a", PRIVATE_FILE_MODE));
  return connect(file, options);
}

function connect(file: string, options: OpenOptions): Database.Database {
  const readonly = options.readonly ?? false;
  const database = new Database(file, { readonly, timeout: BUSY_TIMEOUT_MS });
  try {
    if (!readonly) {
      takeFromOthers(file, options);
      database.pragma("journal_mode = WAL");
      database.pragma("synchronous = NORMAL");
      database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      const before = schemaVersionOf(database);
      migrate(database, options.migrations);
      const after = schemaVersionOf(database);
      if (before !== 0 && before !== after) {
        options.logger?.info({ file, before, after }, "catalog upgraded");
      }
    }
    database.pragma("foreign_keys = ON");
    database.pragma(`cache_size = -${CACHE_KIB}`);
    database.pragma(`busy_timeout = ${options.busyMs ?? BUSY_TIMEOUT_MS}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A former version made files that everybody on the machine could read. */
function takeFromOthers(file: string, { logger }: OpenOptions): void {
  const files = [file, `${file}-wal`, `${file}-shm`].filter(makePrivate);
  if (files.length > 0) {
    logger?.info({ files }, "other users could read the catalog; they no longer can");
  }
}

function toProblem(file: string, error: unknown): CatalogProblem {
  if (hasErrorCode(error, "SQLITE_NOTADB")) {
    return notACatalog(file);
  }
  if (error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_CORRUPT")) {
    return damaged(file, error.message);
  }
  return unwritable(
    `cannot use ${file}: ${describeError(error)}; check that the folder and the file may be read and written by this user`,
  );
}

function unwritable(message: string): CatalogProblem {
  return { code: "unwritable", message };
}

function notACatalog(file: string): CatalogProblem {
  return {
    code: "not-a-catalog",
    message: `${file} is not a netplayd catalog: move it away, or set data: to another folder`,
  };
}

function damaged(file: string, detail: string): CatalogProblem {
  return {
    code: "damaged",
    message: `${file} is damaged (${detail}): restore a backup, or move it away and scan again`,
  };
}
