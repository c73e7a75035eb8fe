import path from "node:path";
import type { Database } from "better-sqlite3";
import { SELECT_ENTRIES, toEntry, type CatalogEntry, type EntryRow } from "./catalog-entry.ts";
import { foldName } from "./content-path.ts";

/** Everything that is given has to fit. */
export interface ListFilter {
  readonly core?: string | undefined;
  /** Fragments, divided by blanks, that all occur in one of the entry's names; case and accents do not matter. */
  readonly name?: string | undefined;
  readonly missing?: boolean | undefined;
}

/** Entries by name, then by core. */
export function listEntries(database: Database, filter: ListFilter): CatalogEntry[] {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  if (filter.core !== undefined) {
    conditions.push("c.key = ?");
    values.push(foldName(filter.core));
  }
  if (filter.missing !== undefined) {
    conditions.push("e.missing = ?");
    values.push(filter.missing ? 1 : 0);
  }
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  const rows = database.prepare<(string | number)[], EntryRow>(`${SELECT_ENTRIES} ${where}`).all(...values);
  const fragments = searchKey(filter.name ?? "")
    .split(/\s+/)
    .filter(Boolean);
  return rows
    .filter((row) => hasFragments(row, fragments))
    .map((row) => toEntry(row, row.core, row.mtimeMs))
    .sort((a, b) => compare(a.name, b.name) || compare(a.core, b.core) || a.id - b.id);
}

function hasFragments(row: EntryRow, fragments: readonly string[]): boolean {
  if (fragments.length === 0) {
    return true;
  }
  const text = searchKey(`${row.title ?? ""}\n${path.posix.basename(row.path)}\n${row.member}`);
  return fragments.every((fragment) => text.includes(fragment));
}

/** Without case and accents. */
function searchKey(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

const collator = new Intl.Collator("en", { numeric: true });

function compare(a: string, b: string): number {
  return collator.compare(a, b);
}
