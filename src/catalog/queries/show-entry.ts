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

/** Prepares the statements; the function that it returns answers undefined when there is no such entry. */
export function createShowEntry(database: Database): (id: number) => EntryDetails | undefined {
  const byId = database.prepare<[number], EntryRow>(`${SELECT_ENTRIES} WHERE e.id = ?`);
  const details = database.prepare<[number], DetailRow>(
    `SELECT e.whole_crc AS wholeCrc, e.headerless_crc AS headerlessCrc, f.problem AS fileProblem
     FROM entries e JOIN files f ON f.id = e.file_id WHERE e.id = ?`,
  );
  const aliases = database.prepare<[number], { key: string }>(
    "SELECT DISTINCT key FROM aliases WHERE entry_id = ? ORDER BY key",
  );
  return (id) => {
    const row = byId.get(id);
    const detail = details.get(id);
    if (row === undefined || detail === undefined) {
      return undefined;
    }
    const { wholeCrc, headerlessCrc, fileProblem } = detail;
    return {
      ...toListedEntry(row),
      aliases: aliases.all(id).map(({ key }) => key),
      wholeCrc: toCrc32(wholeCrc),
      headerlessCrc:
        headerlessCrc === null || headerlessCrc === HEADER_UNREAD ? null : toCrc32(headerlessCrc),
      fileProblems: fileProblem === "" ? [] : fileProblem.split("\n"),
    };
  };
}
