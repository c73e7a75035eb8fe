import Database from "better-sqlite3";

/** How often an entry was played since its plays were last stored, and when last. */
export interface Plays {
  readonly entryId: number;
  readonly count: number;
  readonly lastMs: number;
}

/** A thread cannot be ended while it waits for a lock, so it waits only shortly. The recorder tries again. */
const BUSY_TIMEOUT_MS = 500;

/**
 * Adds plays to the catalog. Skips entries that were removed meanwhile.
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
