import path from "node:path";
import { toCrc32, type Crc32 } from "../shared/index.ts";
import type { ContentPath } from "./content-path.ts";

/** A content that a core can host. */
export interface CatalogEntry extends ContentPath {
  /** Stays the same when the file is moved or changed; never used twice. */
  readonly id: number;
  /** `name` of the core in the configuration. */
  readonly core: string;
  /** Absolute. */
  readonly path: string;
  /** For people: the canonical name when it is known, else the file's. */
  readonly name: string;
  /** File name, or member's name, without folders and extension. */
  readonly base: string;
  /** As RetroArch announces it in netplay with this core. */
  readonly crc: Crc32;
  /** Of the content: a member's size unpacked. */
  readonly sizeBytes: number;
  /** Of the file at the last scan; milliseconds since 1970. */
  readonly mtimeMs: number;
  /** The last scan of its folder did not find the file. */
  readonly missing: boolean;
}

/** A row of `SELECT_ENTRIES`. */
export interface EntryRow {
  readonly id: number;
  readonly core: string;
  readonly directory: string;
  readonly file: string;
  readonly member: string;
  readonly name: string;
  readonly base: string;
  readonly baseKey: string;
  readonly crc: number;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly missing: 0 | 1;
}

/** To be continued with WHERE; `e` is the entry, `f` its file, `c` its core, `d` the file's folder. */
export const SELECT_ENTRIES = `
  SELECT e.id, c.name AS core, d.path AS directory, f.name AS file, e.member, coalesce(e.title, e.base) AS name, e.base,
    e.base_key AS baseKey, e.crc, e.size_bytes AS sizeBytes, f.mtime_ms AS mtimeMs, f.missing
  FROM entries e
  CROSS JOIN files f ON f.id = e.file_id
  CROSS JOIN directories d ON d.id = f.directory_id
  CROSS JOIN cores c ON c.id = e.core_id`;

export function toEntry(row: EntryRow): CatalogEntry {
  return {
    id: row.id,
    core: row.core,
    path: path.posix.join(row.directory, row.file),
    member: row.member === "" ? null : row.member,
    name: row.name,
    base: row.base,
    crc: toCrc32(row.crc),
    sizeBytes: row.sizeBytes,
    mtimeMs: row.mtimeMs,
    missing: row.missing === 1,
  };
}
