import type { Database } from "better-sqlite3";
import { toCrc32, type Crc32 } from "../../shared/index.ts";
import {
  HEADER_UNREAD,
  SELECT_ENTRIES,
  toListedEntry,
  type EntryRow,
  type ListedEntry,
} from "../store/index.ts";

/** Everything that the catalog knows of an entry. */
export interface EntryDetails extends ListedEntry {
  /** Further names by which requests find it, folded. */
  readonly aliases: readonly string[];
  /** Of all bytes: what DAT files list. Only `crc` admits a player. */
  readonly wholeCrc: Crc32;
  /** Without the header of a copier or an emulator; null when none is known. */
  readonly headerlessCrc: Crc32 | null;
  /** What the last scan found wrong with the file: members of an archive that cannot be used. */
  readonly fileProblems: readonly string[];
}

interface DetailRow {
  readonly wholeCrc: number;
  readonly headerlessCrc: number | null;
  readonly fileProblem: string;
}

/** Undefined when there is no such entry. */
export function showEntry(database: Database, id: number): EntryDetails | undefined {
  const row = database.prepare<[number], EntryRow>(`${SELECT_ENTRIES} WHERE e.id = ?`).get(id);
  const details = database
    .prepare<[number], DetailRow>(
      `SELECT e.whole_crc AS wholeCrc, e.headerless_crc AS headerlessCrc, f.problem AS fileProblem
       FROM entries e JOIN files f ON f.id = e.file_id WHERE e.id = ?`,
    )
    .get(id);
  if (row === undefined || details === undefined) {
    return undefined;
  }
  const { wholeCrc, headerlessCrc, fileProblem } = details;
  return {
    ...toListedEntry(row),
    aliases: database
      .prepare<[number], string>("SELECT DISTINCT key FROM aliases WHERE entry_id = ? ORDER BY key")
      .pluck()
      .all(id),
    wholeCrc: toCrc32(wholeCrc),
    headerlessCrc: headerlessCrc === null || headerlessCrc === HEADER_UNREAD ? null : toCrc32(headerlessCrc),
    fileProblems: fileProblem === "" ? [] : fileProblem.split("\n"),
  };
}
