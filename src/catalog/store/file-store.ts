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
export class FileStore {
  readonly #statements;
  readonly #directoryId;
  /** In an empty catalog no file can have been moved, so a first scan does not look. */
  readonly #wasEmpty: boolean;
  readonly #claimed = new Set<number>();

  constructor(database: Database) {
    this.#statements = prepare(database);
    this.#directoryId = createDirectoryIds(database);
    this.#wasEmpty = database.prepare("SELECT 1 FROM files LIMIT 1").get() === undefined;
  }

  filesIn(directory: string): KnownFile[] {
    return this.#statements.inDirectory.all(directory);
  }

  /** This folder and those below it that hold a file which is not marked as missing. */
  directoriesBelow(directory: string): string[] {
    // "0" is the character behind "/": the range holds exactly the paths below.
    const below = directory === "/" ? "" : directory;
    return this.#statements.below.all(directory, `${below}/`, `${below}0`);
  }

  markPresent(fileId: number): void {
    this.#statements.markPresent.run(fileId);
  }

  /** Does nothing to a file that has been moved meanwhile; answers whether it marked the file. */
  markMissing(fileId: number, directory: string, name: string): boolean {
    return this.#statements.markMissing.run(fileId, name, directory).changes === 1;
  }

  /** Finds the row of a file, or that of a vanished file with the same bytes, or makes one. */
  place(file: string, facts: FileFacts): PlacedFile {
    const { fingerprint, stamp, plan, sidecars, problem } = facts;
    const { sizeBytes, mtimeMs, device, inode } = stamp;
    const values = [sizeBytes, mtimeMs, device, inode, fingerprint, plan, sidecars, problem] as const;
    const { find, insert, update, byFingerprint } = this.#statements;
    const directoryId = this.#directoryId(path.posix.dirname(file));
    const name = path.posix.basename(file);
    const same = this.#wasEmpty ? [] : byFingerprint.all(fingerprint, sizeBytes);
    // Most files of a scan are new, and so are their bytes.
    let inserted = same.length === 0 ? insert.run(...values, directoryId, name) : undefined;
    if (inserted?.changes !== 1) {
      const known = find.get(directoryId, name);
      const from = known ?? same.find((candidate) => isMove(candidate.path, file));
      if (from !== undefined) {
        const isSame = from.fingerprint === fingerprint && from.sizeBytes === sizeBytes;
        this.move(from.id, file);
        update.run(...values, from.id);
        const outcome = known === undefined ? "moved" : "updated";
        return { id: from.id, outcome, bytes: isSame ? "same" : "changed" };
      }
      inserted = insert.run(...values, directoryId, name);
    }
    return { id: Number(inserted.lastInsertRowid), outcome: "added", bytes: "new" };
  }

  /**
   * The row of a vanished file with the same inode, size and time, so that a moved file need not be read. Gives each row to one
   * file only; undefined when there is none.
   */
  findMoved(file: string, stamp: FileStamp, sidecars: string, plan: number): number | undefined {
    const { inode, device, sizeBytes, mtimeMs } = stamp;
    const candidates = this.#wasEmpty
      ? []
      : this.#statements.byInode.all(inode, device, sizeBytes, mtimeMs, sidecars, plan);
    const found = candidates.find(({ id, path: from }) => isMove(from, file) && !this.#claimed.has(id));
    if (found !== undefined) {
      this.#claimed.add(found.id);
    }
    return found?.id;
  }

  move(fileId: number, file: string): void {
    this.#statements.move.run(this.#directoryId(path.posix.dirname(file)), path.posix.basename(file), fileId);
  }
}

function isMove(from: string, to: string): boolean {
  return extensionOf(from) === extensionOf(to) && !existsSync(from);
}

interface FoundFile {
  readonly id: number;
  readonly path: string;
  readonly sizeBytes: number;
  readonly fingerprint: number;
}

type FactValues = [number, number, number, number, number, number, string, string];

function prepare(database: Database) {
  const select = `SELECT f.id, d.path || '/' || f.name AS path, f.size_bytes AS sizeBytes, f.fingerprint
    FROM files f JOIN directories d ON d.id = f.directory_id`;
  return {
    inDirectory: database.prepare<[string], KnownFile>(
      `SELECT id, name, size_bytes AS sizeBytes, mtime_ms AS mtimeMs, sidecars, plan, missing, problem
       FROM files WHERE directory_id = (SELECT id FROM directories WHERE path = ?)`,
    ),
    below: database
      .prepare<[string, string, string], string>(
        `SELECT path FROM directories d WHERE (path = ? OR (path >= ? AND path < ?))
         AND EXISTS (SELECT 1 FROM files WHERE directory_id = d.id AND missing = 0)`,
      )
      .pluck(),
    markPresent: database.prepare<[number]>("UPDATE files SET missing = 0 WHERE id = ?"),
    markMissing: database.prepare<[number, string, string]>(
      `UPDATE files SET missing = 1 WHERE id = ? AND missing = 0 AND name = ?
       AND directory_id = (SELECT id FROM directories WHERE path = ?)`,
    ),
    find: database.prepare<[number, string], FoundFile>(`${select} WHERE f.directory_id = ? AND f.name = ?`),
    byInode: database.prepare<[number, number, number, number, string, number], FoundFile>(
      `${select} WHERE f.inode = ? AND f.device = ? AND f.size_bytes = ? AND f.mtime_ms = ? AND f.sidecars = ? AND f.plan = ?`,
    ),
    byFingerprint: database.prepare<[number, number], FoundFile>(
      `${select} WHERE f.fingerprint = ? AND f.size_bytes = ?`,
    ),
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
