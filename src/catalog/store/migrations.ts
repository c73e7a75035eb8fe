import type { Database } from "better-sqlite3";

/** In `headerless_crc`: it was not checked whether there is a header. */
export const HEADER_UNREAD = -1;

/** Written into the header of our files (`npld`), so that another program's database is not taken for a catalog. */
export const APPLICATION_ID = 0x6e706c64;

/**
 * One step for each version of the schema; a step that has been released never changes. Ids of entries are never
 * used twice: what players save is kept under them.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE directories (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE
  );
  CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    directory_id INTEGER NOT NULL REFERENCES directories (id),
    name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ms REAL NOT NULL,
    device REAL NOT NULL,
    inode REAL NOT NULL,
    -- CRC of the whole file; for an archive that was not read, of its list of members
    fingerprint INTEGER NOT NULL,
    -- which cores were asked to take it, see plan-hosting.ts
    plan INTEGER NOT NULL,
    -- soft patch beside the file: name, size and time; empty without one
    patch TEXT NOT NULL DEFAULT '',
    missing INTEGER NOT NULL DEFAULT 0,
    -- why nothing or not everything in it can be hosted; empty without one
    problem TEXT NOT NULL DEFAULT '',
    UNIQUE (directory_id, name)
  );
  CREATE INDEX files_by_fingerprint ON files (fingerprint, size_bytes);
  CREATE INDEX files_by_inode ON files (inode);
  CREATE TABLE cores (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
  );
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file_id INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    core_id INTEGER NOT NULL REFERENCES cores (id),
    -- path inside the archive; empty when the file itself is the content
    member TEXT NOT NULL,
    -- of the file, as is "missing": a lookup reads one row, not three
    path TEXT NOT NULL,
    missing INTEGER NOT NULL DEFAULT 0,
    base_key TEXT NOT NULL,
    -- canonical name; null while it is unknown
    title TEXT,
    size_bytes INTEGER NOT NULL,
    -- as RetroArch announces it in netplay
    crc INTEGER NOT NULL,
    -- of all bytes, and of the bytes behind a copier's or emulator's header: what DAT files list
    whole_crc INTEGER NOT NULL,
    headerless_crc INTEGER,
    UNIQUE (file_id, core_id, member)
  );
  CREATE INDEX entries_by_crc ON entries (core_id, crc);
  CREATE INDEX entries_by_base ON entries (core_id, base_key);
  -- further names of an entry: of its archive (source 0), from DAT files (source 1)
  CREATE TABLE aliases (
    core_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    entry_id INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    source INTEGER NOT NULL,
    PRIMARY KEY (core_id, key, entry_id, source)
  ) WITHOUT ROWID;
  CREATE INDEX aliases_by_entry ON aliases (entry_id);
  `,
  `
  ALTER TABLE entries ADD COLUMN region TEXT;
  ALTER TABLE entries ADD COLUMN system TEXT;
  -- what a set of arcade files lacks; empty when nothing is known to be wrong
  ALTER TABLE entries ADD COLUMN problem TEXT NOT NULL DEFAULT '';
  -- 0: the DAT files are still to be asked for its name
  ALTER TABLE entries ADD COLUMN named INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX entries_unnamed ON entries (id) WHERE named = 0;
  CREATE TABLE dats (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    system TEXT NOT NULL,
    version TEXT NOT NULL,
    imported_ms REAL NOT NULL,
    -- 0 while its games are being written; such rows count for nothing
    complete INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE games (
    id INTEGER PRIMARY KEY,
    dat_id INTEGER NOT NULL REFERENCES dats (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    title TEXT NOT NULL,
    region TEXT,
    parent TEXT,
    is_bios INTEGER NOT NULL
  );
  CREATE INDEX games_by_dat ON games (dat_id, name);
  CREATE INDEX games_by_key ON games (key);
  CREATE TABLE roms (
    game_id INTEGER NOT NULL REFERENCES games (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    size_bytes INTEGER,
    crc INTEGER NOT NULL
  );
  CREATE INDEX roms_by_game ON roms (game_id);
  CREATE INDEX roms_by_crc ON roms (crc);
  CREATE TABLE verifications (
    entry_id INTEGER PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE,
    ok INTEGER NOT NULL,
    reason TEXT NOT NULL,
    core_version TEXT NOT NULL,
    -- the content that was tried
    crc INTEGER NOT NULL,
    checked_ms REAL NOT NULL,
    took_ms REAL NOT NULL
  );
  CREATE TABLE plays (
    entry_id INTEGER PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE,
    count INTEGER NOT NULL,
    last_ms REAL NOT NULL
  );
  `,
  `
  -- 0: a host has the last word on the CRC; until one has spoken, crc is a guess, or 0 when there is none
  ALTER TABLE entries ADD COLUMN foretold INTEGER NOT NULL DEFAULT 1;
  -- -1 in headerless_crc: nobody has looked whether there is a header
  UPDATE entries SET headerless_crc = -1 WHERE member <> '' AND headerless_crc IS NULL;
  `,
  `
  -- has a row when sets or DATs changed since the sets were compared last; its id grows
  CREATE TABLE sets_due (id INTEGER PRIMARY KEY AUTOINCREMENT);
  INSERT INTO sets_due DEFAULT VALUES;
  -- what arcade sets in .7z files hold, which takes a program to learn
  CREATE TABLE seven_zips (
    path TEXT PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    mtime_ms REAL NOT NULL,
    -- of each file in it, four bytes, least significant first
    crcs BLOB NOT NULL,
    -- why it cannot be listed; empty when it can
    problem TEXT NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  ALTER TABLE entries RENAME COLUMN foretold TO crc_is_certain;
  -- what the entries of a file depend on besides the file, see sidecar-files.ts
  ALTER TABLE files RENAME COLUMN patch TO sidecars;
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

export function schemaVersionOf(database: Database): number {
  return Number(database.pragma("user_version", { simple: true }));
}

/** Brings an empty or older database to the newest schema, in one transaction; does nothing when it is there already. */
export function migrate(database: Database, migrations: readonly string[] = MIGRATIONS): void {
  // Immediate: of two programs that open an older file at once, the second waits and finds the work done.
  const run = database.transaction(() => {
    const from = schemaVersionOf(database);
    if (from >= migrations.length) {
      return;
    }
    for (const step of migrations.slice(from)) {
      database.exec(step);
    }
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${migrations.length}`);
  });
  run.immediate();
}
