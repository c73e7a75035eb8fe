import path from "node:path";
import type { Database } from "better-sqlite3";
import {
  SELECT_ENTRIES,
  toListedEntry,
  type CatalogEntry,
  type EntryRow,
  type EntryState,
  type ListedEntry,
} from "../store/index.ts";
import { foldName, toCrc32, type Crc32 } from "../../shared/index.ts";

/** Everything that is given has to fit. */
export interface ListFilter {
  readonly core?: string | undefined;
  /** Fragments of the system's name, as for `name`. */
  readonly system?: string | undefined;
  /** Fragments, divided by blanks, that all occur in the entry's names; case and accents do not matter. */
  readonly name?: string | undefined;
  /** `hostable`: neither missing nor broken. */
  readonly state?: EntryState | "hostable" | undefined;
  readonly missing?: boolean | undefined;
}

/** Entries by name, then by core. */
export function listEntries(database: Database, filter: ListFilter): ListedEntry[] {
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
  const rows = database
    .prepare<(string | number)[], EntryRow>(`${SELECT_ENTRIES} ${where}`)
    .iterate(...values);
  const nameFragments = fragmentsOf(filter.name);
  const systemFragments = fragmentsOf(filter.system);
  const found: ListedEntry[] = [];
  for (const row of rows) {
    const names = `${row.title ?? ""}\n${path.posix.basename(row.path)}\n${row.member}`;
    if (hasAll(row.system ?? "", systemFragments) && hasAll(names, nameFragments)) {
      const entry = toListedEntry(row);
      if (hasState(entry, filter.state)) {
        found.push(entry);
      }
    }
  }
  return found.sort((a, b) => compare(a.name, b.name) || compare(a.core, b.core) || a.id - b.id);
}

/** In the order of their CRCs, which an index has: the first few of a million are found at once. */
export function someEntries(database: Database, core: string, count: number): CatalogEntry[] {
  const usable = "e.missing = 0 AND e.crc <> 0 AND e.problem = '' AND coalesce(v.ok, 1) = 1";
  return database
    .prepare<[string, number], EntryRow>(
      `${SELECT_ENTRIES} WHERE c.key = ? AND ${usable} ORDER BY e.crc, e.id LIMIT ?`,
    )
    .all(foldName(core), count)
    .map(toListedEntry);
}

/** By the index of the CRCs alone, as a server may ask it for every player whom it turns away. */
export function createOtherCrc(database: Database): (core: string, crc: Crc32) => Crc32 | undefined {
  const find = database
    .prepare<[string, number], number>(
      `SELECT crc FROM entries WHERE core_id = (SELECT id FROM cores WHERE key = ?)
       AND crc NOT IN (0, ?) AND missing = 0 LIMIT 1`,
    )
    .pluck();
  return (core, crc) => {
    const found = find.get(foldName(core), crc);
    return found === undefined ? undefined : toCrc32(found);
  };
}

function hasState({ state }: ListedEntry, wanted: ListFilter["state"]): boolean {
  return (
    wanted === undefined ||
    state === wanted ||
    (wanted === "hostable" && state !== "missing" && state !== "broken")
  );
}

function fragmentsOf(text: string | undefined): string[] {
  return searchKey(text ?? "")
    .split(/\s+/)
    .filter(Boolean);
}

function hasAll(text: string, fragments: readonly string[]): boolean {
  if (fragments.length === 0) {
    return true;
  }
  const key = searchKey(text);
  return fragments.every((fragment) => key.includes(fragment));
}

/** Without case and accents. */
function searchKey(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

const { compare } = new Intl.Collator("en", { numeric: true });
