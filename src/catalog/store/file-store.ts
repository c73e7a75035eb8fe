import { existsSync } from "node:fs";
import path from "node:path";
import type { Database } from "better-sqlite3";
import { extensionOf, type FileStamp } from "../content/index.ts";

/** A file in the catalog. */
export interface KnownFile {
  readonly id: number;
  readonly name: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** State of its sidecar files as `encodeSidecars` writes it; empty without any. */
  readonly sidecars: string;
  readonly plan: number;
  readonly missing: 0 | 1;
  readonly problem: string;
}

/** What reading a file says of the file as a whole. */
export interface FileFacts {
  readonly stamp: FileStamp;
  readonly sidecars: string;
  readonly fingerprint: number;
  readonly plan: number;
  readonly problem: string;
}

/** Where a file that was read belongs. */
interface PlacedFile {
  readonly id: number;
  readonly outcome: "added" | "updated" | "moved";
  /** `new`: the file was not in the catalog; else whether its bytes are the same. */
  readonly bytes: "new" | "changed" | "same";
}

/** The tables of folders and files. */
export interface FileStore {
  filesIn(directory: string): KnownFile[];
  /** This folder and those below it that hold a file which is not marked as missing. */
  directoriesBelow(directory: string): string[];
  markPresent(fileId: number): void;
  /** Does nothing to a file that has been moved meanwhile; answers whether it marked the file. */
  markMissing(fileId: number, directory: string, name: string): boolean;
  /** Finds the row of a file, or that of a vanished file with the same bytes, or makes one. */
  place(file: string, facts: FileFacts): PlacedFile;
  /**
   * The row of a vanished file with the same inode, size and time, so that a moved file need not be read. Gives each row to one
   * file only; undefined when there is none.
   */
  findMoved(file: string, stamp: FileStamp, sidecars: string, plan: number): number | undefined;
  move(fileId: number, file: string): void;
}

interface CandidateRow {
  readonly id: number;
  readonly path: string;
  readonly sizeBytes: number;
  readonly fingerprint: number;
}

export function createFileStore(database: Database): FileStore {
  const statements = {
    ...prepare(database),
    directoryId: createDirectoryIds(database),
    // In an empty catalog no file can have been moved, so a first scan does not look.
    wasEmpty: database.prepare("SELECT 1 FROM files LIMIT 1").get() === undefined,
  };
  const move = (fileId: number, file: string): void => {
    statements.move.run(statements.directoryId(path.posix.dirname(file)), path.posix.basename(file), fileId);
  };
  const claimed = new Set<number>();
  return {
    filesIn: (directory) => statements.inDirectory.all(directory),
    directoriesBelow: (directory) => {
      // "0" is the character behind "/": the range holds exactly the paths below.
      const below = directory === "/" ? "" : directory;
      return statements.below.all(directory, `${below}/`, `${below}0`).map((row) => row.path);
    },
    markPresent: (fileId) => {
      statements.markPresent.run(fileId);
    },
    markMissing: (fileId, directory, name) =>
      statements.markMissing.run(fileId, name, directory).changes === 1,
    place: (file, facts) => placeFile(statements, file, facts, move),
    findMoved: (file, stamp, sidecars, plan) => {
      const found = findMoved(statements, file, stamp, sidecars, plan).find(({ id }) => !claimed.has(id));
      if (found !== undefined) {
        claimed.add(found.id);
      }
      return found?.id;
    },
    move,
  };
}

function findMoved(
  statements: Statements,
  file: string,
  stamp: FileStamp,
  sidecars: string,
  plan: number,
): CandidateRow[] {
  const { inode, device, sizeBytes, mtimeMs } = stamp;
  if (statements.wasEmpty || statements.hasInode.get(inode) === undefined) {
    return [];
  }
  return statements.byInode
    .all(inode, device, sizeBytes, mtimeMs, sidecars, plan)
    .filter((candidate) => isMove(candidate.path, file));
}

function placeFile(
  statements: Statements,
  file: string,
  facts: FileFacts,
  move: (fileId: number, file: string) => void,
): PlacedFile {
  const { fingerprint } = facts;
  const { sizeBytes } = facts.stamp;
  const directory = statements.directoryId(path.posix.dirname(file));
  const name = path.posix.basename(file);
  // Most files of a scan are new, and so are their bytes.
  if (statements.wasEmpty || statements.hasFingerprint.get(fingerprint, sizeBytes) === undefined) {
    const { changes, lastInsertRowid } = statements.insert.run(...valuesOf(facts), directory, name);
    if (changes === 1) {
      return { id: Number(lastInsertRowid), outcome: "added", bytes: "new" };
    }
  }
  const known = statements.find.get(directory, name);
  if (known !== undefined) {
    statements.update.run(...valuesOf(facts), known.id);
    const same = known.fingerprint === fingerprint && known.sizeBytes === sizeBytes;
    return { id: known.id, outcome: "updated", bytes: same ? "same" : "changed" };
  }
  const from = findSame(statements, file, fingerprint, sizeBytes);
  if (from !== undefined) {
    move(from.id, file);
    statements.update.run(...valuesOf(facts), from.id);
    return { id: from.id, outcome: "moved", bytes: "same" };
  }
  const { lastInsertRowid } = statements.insert.run(...valuesOf(facts), directory, name);
  return { id: Number(lastInsertRowid), outcome: "added", bytes: "new" };
}

/** A vanished file with these bytes. */
function findSame(
  statements: Statements,
  file: string,
  fingerprint: number,
  sizeBytes: number,
): CandidateRow | undefined {
  return statements.byFingerprint
    .all(fingerprint, sizeBytes)
    .find((candidate) => isMove(candidate.path, file));
}

type FactValues = [number, number, number, number, number, number, string, string];

/** In the order in which the statements below take them. */
function valuesOf(facts: FileFacts): FactValues {
  const { stamp, fingerprint, plan, sidecars, problem } = facts;
  const { sizeBytes, mtimeMs, device, inode } = stamp;
  return [sizeBytes, mtimeMs, device, inode, fingerprint, plan, sidecars, problem];
}

function isMove(from: string, to: string): boolean {
  return extensionOf(from) === extensionOf(to) && !existsSync(from);
}

type Statements = ReturnType<typeof prepare> & {
  directoryId: (directory: string) => number;
  wasEmpty: boolean;
};

function prepare(database: Database) {
  return {
    inDirectory: database.prepare<[string], KnownFile>(
      `SELECT id, name, size_bytes AS sizeBytes, mtime_ms AS mtimeMs, sidecars, plan, missing, problem
       FROM files WHERE directory_id = (SELECT id FROM directories WHERE path = ?)`,
    ),
    below: database.prepare<[string, string, string], { path: string }>(
      `SELECT path FROM directories d WHERE (path = ? OR (path >= ? AND path < ?))
       AND EXISTS (SELECT 1 FROM files WHERE directory_id = d.id AND missing = 0)`,
    ),
    markPresent: database.prepare<[number]>("UPDATE files SET missing = 0 WHERE id = ?"),
    markMissing: database.prepare<[number, string, string]>(
      `UPDATE files SET missing = 1 WHERE id = ? AND missing = 0 AND name = ?
       AND directory_id = (SELECT id FROM directories WHERE path = ?)`,
    ),
    find: database.prepare<[number, string], Omit<CandidateRow, "path">>(
      "SELECT id, size_bytes AS sizeBytes, fingerprint FROM files WHERE directory_id = ? AND name = ?",
    ),
    ...prepareMoves(database),
    insert: database.prepare<[...FactValues, number, string]>(
      `INSERT INTO files (size_bytes, mtime_ms, device, inode, fingerprint, plan, sidecars, problem, directory_id, name)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (directory_id, name) DO NOTHING`,
    ),
    move: database.prepare<[number, string, number]>(
      "UPDATE files SET directory_id = ?, name = ?, missing = 0 WHERE id = ?",
    ),
    update: database.prepare<[...FactValues, number]>(
      `UPDATE files SET size_bytes = ?, mtime_ms = ?, device = ?, inode = ?, fingerprint = ?, plan = ?, sidecars = ?,
       problem = ?, missing = 0 WHERE id = ?`,
    ),
  };
}

function prepareMoves(database: Database) {
  const select = `SELECT f.id, d.path || '/' || f.name AS path, f.size_bytes AS sizeBytes, f.fingerprint
    FROM files f JOIN directories d ON d.id = f.directory_id`;
  return {
    // Most files of a scan are new. These two are asked of every one, and answered by an index alone.
    hasInode: database.prepare<[number], number>("SELECT 1 FROM files WHERE inode = ? LIMIT 1").pluck(),
    byInode: database.prepare<[number, number, number, number, string, number], CandidateRow>(
      `${select} WHERE f.inode = ? AND f.device = ? AND f.size_bytes = ? AND f.mtime_ms = ? AND f.sidecars = ? AND f.plan = ?`,
    ),
    hasFingerprint: database
      .prepare<[number, number], number>(
        "SELECT 1 FROM files WHERE fingerprint = ? AND size_bytes = ? LIMIT 1",
      )
      .pluck(),
    byFingerprint: database.prepare<[number, number], CandidateRow>(
      `${select} WHERE f.fingerprint = ? AND f.size_bytes = ?`,
    ),
  };
}

/** Ids of folders never change, so they are cached. */
function createDirectoryIds(database: Database): (directory: string) => number {
  const find = database.prepare<[string], number>("SELECT id FROM directories WHERE path = ?").pluck();
  const add = database.prepare<[string]>("INSERT INTO directories (path) VALUES (?)");
  const known = new Map<string, number>();
  return (directory) => {
    const id = known.get(directory) ?? find.get(directory) ?? Number(add.run(directory).lastInsertRowid);
    known.set(directory, id);
    return id;
  };
}
