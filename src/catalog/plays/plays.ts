import Database from "better-sqlite3";

/** How often an entry was played since this was last written down, and when last. */
export interface Plays {
  readonly entryId: number;
  readonly count: number;
  readonly lastMs: number;
}

/** A thread that waits for this cannot be ended meanwhile; whoever needs more time tries again. */
const BUSY_TIMEOUT_MS = 500;

/**
 * Adds to what the catalog knows of plays; entries that were removed meanwhile are passed over.
 *
 * @throws Error when another program writes for longer than half a second, or the file cannot be written.
 */
export function addPlays(file: string, plays: readonly Plays[]): void {
  const database = new Database(file, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    const add = database.prepare<[number, number, number]>(
      `INSERT INTO plays (entry_id, count, last_ms) SELECT id, ?, ? FROM entries WHERE id = ?
       ON CONFLICT (entry_id) DO UPDATE SET count = count + excluded.count, last_ms = excluded.last_ms`,
    );
    const addAll = database.transaction(() => {
      for (const { entryId, count, lastMs } of plays) {
        add.run(count, lastMs, entryId);
      }
    });
    addAll.immediate();
  } finally {
    database.close();
  }
}
