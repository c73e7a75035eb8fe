import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { isDiscSheet, partsOf, tracksOf, type FileStamp, partsIn } from "../content/index.ts";
import type { FileStore, KnownFile } from "../store/index.ts";
import type { WalkedFile } from "./walk-tree.ts";

type FolderFile = Pick<WalkedFile, "name" | "stamp">;

/** What the disc sheets of a folder say. */
export interface FolderSheets {
  /** The files that each sheet names, relative to the folder, by the sheet's name. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
  /** Paths of the tracks among them. */
  readonly tracks: readonly string[];
  /** Names of the sheets whose parts appeared or vanished, so that they have to be checked again. */
  readonly changed: ReadonlySet<string>;
}

const NOTHING: FolderSheets = { parts: new Map(), tracks: [], changed: new Set() };
const MAX_SHEET_BYTES = 256 * 1024;

/**
 * Finds the files that the disc sheets of a folder name. The catalog knows them for an unchanged sheet; other sheets are read.
 *
 * @param known - The folder's files in the catalog, by name.
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
  const changed = new Set<string>();
  for (const { name, stamp } of sheets) {
    const before = known.get(name);
    const remembered = isSame(before, stamp) ? partsIn(before?.sidecars ?? "") : undefined;
    parts.set(name, remembered ?? readParts(directory, name, stamp));
    if (remembered !== undefined && (before?.problem !== "" || !remembered.every(isThere))) {
      changed.add(name);
    }
  }
  const tracks = [...parts].flatMap(([name, named]) => tracksAmong(directory, name, named));
  return { parts, tracks, changed };
}

/** Tracks below a folder that sheets above the folder name, as the catalog knows them: for a scan that begins inside a tree. */
export function tracksFromAbove(directory: string, files: FileStore): string[] {
  const tracks: string[] = [];
  for (let above = directory; above !== "/";) {
    above = path.posix.dirname(above);
    for (const { name, missing, sidecars } of files.filesIn(above)) {
      if (missing === 0 && isDiscSheet(name) && existsSync(path.posix.join(above, name))) {
        tracks.push(...tracksAmong(above, name, partsIn(sidecars) ?? []));
      }
    }
  }
  return tracks.filter((track) => track.startsWith(`${directory}/`));
}

/** A sheet can only name tracks in its own folder and below. A file elsewhere remains a game of its own. */
function tracksAmong(directory: string, sheet: string, parts: readonly string[]): string[] {
  return tracksOf(
    sheet,
    parts.filter((part) => !part.startsWith("../")),
  ).map((part) => path.posix.join(directory, part));
}

function isSame(known: KnownFile | undefined, stamp: FileStamp | undefined): boolean {
  return known !== undefined && known.sizeBytes === stamp?.sizeBytes && known.mtimeMs === stamp.mtimeMs;
}

/** None when the sheet cannot be read: reading it as a game reports that. */
function readParts(directory: string, name: string, { sizeBytes = 0 }: Partial<FileStamp> = {}): string[] {
  const sheet = path.posix.join(directory, name);
  try {
    const text = sizeBytes > MAX_SHEET_BYTES ? "" : readFileSync(sheet, "utf8");
    return partsOf(sheet, text).map((part) => path.posix.relative(directory, part));
  } catch {
    return [];
  }
}
