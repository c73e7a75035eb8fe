import { toCrc32, type Crc32 } from "../../shared/index.ts";
import { baseOf, type ContentPath } from "../content/index.ts";

/** The CRC cannot be computed, and no host has announced it yet. RetroArch also uses 0 for unknown. */
export const UNKNOWN_CRC = 0;

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
  /** Of the file; milliseconds since 1970. */
  readonly mtimeMs: number;
  /** The last scan of its folder did not find the file. */
  readonly missing: boolean;
}

/** What a lookup reads of an entry. Each column costs time, so there are few. */
export interface FoundRow {
  readonly id: number;
  readonly path: string;
  /** Empty when the file itself is the content. */
  readonly member: string;
  readonly title: string | null;
  readonly baseKey: string;
  readonly crc: number;
  readonly sizeBytes: number;
  readonly missing: 0 | 1;
}

/** `e` is the entry. */
export const FOUND_COLUMNS =
  "e.id, e.path, e.member, e.title, e.base_key AS baseKey, e.crc, e.size_bytes AS sizeBytes, e.missing";

/** The last try to host a game as it is now; null when there was none, or when the content changed since. */
interface Verification {
  readonly ok: boolean;
  /** Why it failed; empty when it did not. */
  readonly reason: string;
  /** As the host announced it. */
  readonly coreVersion: string;
  /** Milliseconds since 1970. */
  readonly checkedMs: number;
  readonly tookMs: number;
}

/** `broken`: it lacks something, a host failed, or none has told its CRC. Hosting is refused only for what is missing. */
export type EntryState = "missing" | "broken" | "verified" | "unverified";

/** An entry with everything that lists show of it. */
export interface ListedEntry extends CatalogEntry {
  /** From the DAT files, as are region and the canonical name; null while unknown. */
  readonly system: string | null;
  readonly region: string | null;
  /** What is wrong with it, in words; null when nothing is known to be wrong. */
  readonly problem: string | null;
  /** False when only a host can confirm the CRC: it cannot be computed, or it depends on a soft patch. */
  readonly crcIsCertain: boolean;
  readonly state: EntryState;
  readonly verification: Verification | null;
  readonly playCount: number;
  /** Milliseconds since 1970; null when it was never played. */
  readonly lastPlayedMs: number | null;
}

/** A row of `SELECT_ENTRIES`. */
export interface EntryRow extends FoundRow {
  readonly system: string | null;
  readonly region: string | null;
  readonly problem: string;
  readonly crcIsCertain: 0 | 1;
  readonly core: string;
  readonly mtimeMs: number;
  readonly verifiedOk: 0 | 1 | null;
  readonly reason: string;
  readonly coreVersion: string;
  readonly checkedMs: number;
  readonly tookMs: number;
  readonly playCount: number | null;
  readonly lastPlayedMs: number | null;
}

/** To be continued with WHERE; `e` is the entry, `f` its file, `c` its core, `v` its verification. */
export const SELECT_ENTRIES = `
  SELECT ${FOUND_COLUMNS}, e.system, e.region, e.problem, e.crc_is_certain AS crcIsCertain, c.name AS core, f.mtime_ms AS mtimeMs, v.ok AS verifiedOk, v.reason,
    v.core_version AS coreVersion, v.checked_ms AS checkedMs, v.took_ms AS tookMs,
    p.count AS playCount, p.last_ms AS lastPlayedMs
  FROM entries e JOIN files f ON f.id = e.file_id JOIN cores c ON c.id = e.core_id
  LEFT JOIN verifications v ON v.entry_id = e.id AND v.crc = e.crc
  LEFT JOIN plays p ON p.entry_id = e.id`;

export function toListedEntry(row: EntryRow): ListedEntry {
  const { verifiedOk, reason, coreVersion, checkedMs, tookMs } = row;
  const verification =
    verifiedOk === null ? null : { ok: verifiedOk === 1, reason, coreVersion, checkedMs, tookMs };
  const entry = toEntry(row, row.core, row.mtimeMs);
  const problem = problemOf(row);
  return {
    ...entry,
    system: row.system,
    region: row.region,
    problem,
    crcIsCertain: row.crcIsCertain === 1,
    state: stateOf(entry.missing, problem, verification),
    verification,
    playCount: row.playCount ?? 0,
    lastPlayedMs: row.lastPlayedMs,
  };
}

function problemOf({ problem, crcIsCertain, crc }: EntryRow): string | null {
  if (problem !== "") {
    return problem;
  }
  return crcIsCertain === 0 && crc === UNKNOWN_CRC
    ? "only a host can tell its CRC: netplayd catalog verify asks one"
    : null;
}

function stateOf(missing: boolean, problem: string | null, verification: Verification | null): EntryState {
  if (missing) {
    return "missing";
  }
  if (problem !== null || verification?.ok === false) {
    return "broken";
  }
  return verification === null ? "unverified" : "verified";
}

export function toEntry(row: FoundRow, core: string, mtimeMs: number): CatalogEntry {
  const base = baseOf(row.member === "" ? row.path : row.member);
  return {
    id: row.id,
    core,
    path: row.path,
    member: row.member === "" ? null : row.member,
    name: row.title ?? base,
    base,
    crc: toCrc32(row.crc),
    sizeBytes: row.sizeBytes,
    mtimeMs,
    missing: row.missing === 1,
  };
}
