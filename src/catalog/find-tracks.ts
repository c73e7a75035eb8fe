import { readFileSync } from "node:fs";
import path from "node:path";
import { isDiscSheet, tracksOf } from "./disc-sheet.ts";
import type { FileStamp } from "./file-stamp.ts";
import type { KnownFile } from "./file-store.ts";
import { TRACK_PLAN } from "./plan-hosting.ts";

interface FolderFile {
  readonly name: string;
  readonly stamp: FileStamp;
}

export interface FolderTracks {
  /** Names of the files that are tracks of a disc. */
  readonly tracks: ReadonlySet<string>;
  /** Sheets whose parts came or went, so that they have to be judged again. */
  readonly disturbed: ReadonlySet<string>;
}

const NOTHING: FolderTracks = { tracks: new Set(), disturbed: new Set() };
const MAX_SHEET_BYTES = 256 * 1024;

/**
 * Which files of a folder are tracks of the discs in it. In a folder without news, the catalog knows; else its sheets are read,
 * which are a few lines each.
 *
 * @param known - What the catalog remembers of the folder, by name.
 */
export function findTracks(
  directory: string,
  files: readonly FolderFile[],
  known: ReadonlyMap<string, KnownFile>,
): FolderTracks {
  const sheets = files.filter(({ name }) => isDiscSheet(name));
  if (sheets.length === 0) {
    return NOTHING;
  }
  const remembered = [...known.values()]
    .filter(({ plan }) => plan === TRACK_PLAN.signature)
    .map(({ name }) => name);
  const present = new Set(files.map(({ name }) => name));
  const troubled = sheets.filter(({ name }) => (known.get(name)?.problem ?? "") !== "");
  const vanished = remembered.filter((name) => !present.has(name) && known.get(name)?.missing === 0);
  const isSettled =
    troubled.length === 0 &&
    vanished.length === 0 &&
    files.every(({ name }) => known.has(name)) &&
    sheets.every(({ name, stamp }) => isSame(known.get(name), stamp));
  if (isSettled) {
    return { tracks: new Set(remembered), disturbed: new Set() };
  }
  const tracks = new Set<string>();
  const disturbed = new Set(troubled.map(({ name }) => name));
  for (const { name, stamp } of sheets) {
    const parts = stamp.sizeBytes > MAX_SHEET_BYTES ? [] : readTracks(path.posix.join(directory, name));
    for (const part of parts.filter((file) => path.posix.dirname(file) === directory)) {
      tracks.add(path.posix.basename(part));
      if (vanished.includes(path.posix.basename(part))) {
        disturbed.add(name);
      }
    }
  }
  return { tracks, disturbed };
}

function isSame(known: KnownFile | undefined, { sizeBytes, mtimeMs }: FileStamp): boolean {
  return known?.sizeBytes === sizeBytes && known.mtimeMs === mtimeMs;
}

/** None of a sheet that may not be read: reading it as a game says so. */
function readTracks(sheet: string): string[] {
  try {
    return tracksOf(sheet, readFileSync(sheet, "utf8"));
  } catch {
    return [];
  }
}
