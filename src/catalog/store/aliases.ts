import type { Database } from "better-sqlite3";

/** Who gave the further names: the file's own name, or the DAT files. */
const SOURCES = { file: 0, dat: 1 };

/** Replaces the further names of an entry that come from one source. */
export function createAliases(
  database: Database,
  from: keyof typeof SOURCES,
): (entryId: number, coreId: number, keys: Iterable<string>) => void {
  const forget = database.prepare<[number, number]>("DELETE FROM aliases WHERE entry_id = ? AND source = ?");
  const add = database.prepare<[number, string, number, number]>(
    "INSERT OR IGNORE INTO aliases (core_id, key, entry_id, source) VALUES (?, ?, ?, ?)",
  );
  const source = SOURCES[from];
  return (entryId, coreId, keys) => {
    forget.run(entryId, source);
    for (const key of keys) {
      add.run(coreId, key, entryId, source);
    }
  };
}
