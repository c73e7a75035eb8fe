import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { isDiscSheet, partsOf, tracksOf, type FileStamp, partsIn } from "../content/index.ts";
import type { KnownFile } from "../store/index.ts";

interface FolderFile {
  readonly name: string;
  readonly stamp: FileStamp;
}

/** What the sheets of a folder say. */
export interface FolderSheets {
  /** The files that each names, relative to the folder, by the sheet's name. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
  /** Paths of the tracks among them. */
  readonly tracks: readonly string[];
  /** Names of the sheets whose files came or went, so that they have to be judged again. */
  readonly disturbed: ReadonlySet<string>;
}

const NOTHING: FolderSheets = { parts: new Map(), tracks: [], disturbed: new Set() };
const MAX_SHEET_BYTES = 256 * 1024;

/**
 * What the sheets of a folder name. The catalog remembers it of those that did not change; the others are read, which are a few
 * lines each.
 *
 * @param known - What the catalog remembers of the folder, by name.
 */
export function readSheets(
  directory: string,
  files: readonly FolderFile[],
  known: ReadonlyMap<string, KnownFile>,
): FolderSheets {
  const sheets = files.filter(({ name }) => isDiscSheet(name));
  if (sheets.length === 0) {
    return NOTHING;
  }
  const present = new Set(files.map(({ name }) => name));
  const isThere = (part: string): boolean =>
    present.has(part) || existsSync(path.posix.join(directory, part));
  const parts = new Map<string, readonly string[]>();
  const disturbed = new Set<string>();
  for (const { name, stamp } of sheets) {
    const before = known.get(name);
    const remembered = isSame(before, stamp) ? partsIn(before?.patch ?? "") : undefined;
    parts.set(name, remembered ?? readParts(directory, name, stamp));
    if (remembered !== undefined && (before?.problem !== "" || !remembered.every(isThere))) {
      disturbed.add(name);
    }
  }
  const tracks = [...parts].flatMap(([name, named]) => tracksAmong(directory, name, named));
  return { parts, tracks, disturbed };
}

/** The tracks below a folder of the sheets above it, as the catalog remembers them: for a scan that begins in the middle of a tree. */
export function tracksFromAbove(
  directory: string,
  filesIn: (directory: string) => readonly KnownFile[],
): string[] {
  const tracks: string[] = [];
  for (
    let above = path.posix.dirname(directory), at = directory;
    above !== at;
    above = path.posix.dirname(at)
  ) {
    for (const { name, missing, patch } of filesIn(above)) {
      if (missing === 0 && isDiscSheet(name) && existsSync(path.posix.join(above, name))) {
        tracks.push(...tracksAmong(above, name, partsIn(patch) ?? []));
      }
    }
    at = above;
  }
  return tracks.filter((track) => track.startsWith(`${directory}/`));
}

/**
 * A sheet speaks for its own folder and for those below it. What it names elsewhere is not its to take away: a file in somebody else's
 * folder stays the game that it is.
 */
function tracksAmong(directory: string, sheet: string, parts: readonly string[]): string[] {
  return tracksOf(
    sheet,
    parts.filter((part) => !part.startsWith("../")),
  ).map((part) => path.posix.join(directory, part));
}

function isSame(known: KnownFile | undefined, { sizeBytes, mtimeMs }: FileStamp): boolean {
  return known?.sizeBytes === sizeBytes && known.mtimeMs === mtimeMs;
}

/** None of a sheet that may not be read: reading it as a game says so. */
function readParts(directory: string, name: string, { sizeBytes }: FileStamp): string[] {
  const sheet = path.posix.join(directory, name);
  try {
    const text = sizeBytes > MAX_SHEET_BYTES ? "" : readFileSync(sheet, "utf8");
    return partsOf(sheet, text).map((part) => path.posix.relative(directory, part));
  } catch {
    return [];
  }
}
