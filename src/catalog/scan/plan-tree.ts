import { existsSync } from "node:fs";
import path from "node:path";
import {
  archiveKindOf,
  createSidecarIndex,
  encodeSidecars,
  isDiscSheet,
  toSoftPatch,
  toStampedPatch,
  type FileStamp,
  type Skipped,
} from "../content/index.ts";
import type { FileStore, KnownFile } from "../store/index.ts";
import { readSheets, tracksFromAbove, type FolderSheets } from "./disc-tracks.ts";
import { TRACK_PLAN, type HostingPlan } from "./plan-hosting.ts";
import { isUnchanged, type ScannedFile } from "./scanned-file.ts";
import { walkTree, type Interest, type WalkedDirectory } from "./walk-tree.ts";

/** What a scan has to do for the files of a folder. */
export interface FolderPlan {
  readonly skipped: readonly Skipped[];
  readonly files: readonly FilePlan[];
  /** Files of the catalog that were not found. */
  readonly gone: readonly GoneFile[];
}

/**
 * What a scan has to do for a file. `track`: it belongs to a disc, so it is stored but neither read nor counted, and the next scan
 * knows it without its sheet.
 */
export type FilePlan =
  | { readonly action: "read"; readonly file: ScannedFile }
  | { readonly action: "keep"; readonly file: ScannedFile; readonly known: KnownFile }
  | { readonly action: "move"; readonly file: ScannedFile; readonly fileId: number }
  | { readonly action: "track"; readonly file: ScannedFile; readonly stamp: FileStamp };

export interface GoneFile {
  readonly id: number;
  readonly directory: string;
  readonly name: string;
}

export type Planner = (file: string) => HostingPlan;

/** Walks a tree and plans each folder in it. The last plan has the files of vanished folders. */
export function* planTree(root: string, files: FileStore, planner: Planner): Generator<FolderPlan> {
  const seen = new Set<string>();
  const unreadable: string[] = [];
  const knownIn = createKnownFiles(files);
  // Tracks that are still to be found; sheets in the folders above name them.
  let tracks: readonly string[] = tracksFromAbove(root, files);
  for (const directory of walkTree(root, createClassifier(planner, knownIn))) {
    seen.add(directory.path);
    // A folder that exists but cannot be read: its files are not missing.
    if (directory.problems.some((problem) => problem.path === directory.path) && existsSync(directory.path)) {
      unreadable.push(directory.path);
      yield { skipped: directory.problems, files: [], gone: [] };
      continue;
    }
    const known = knownIn(directory.path);
    const sheets = readSheets(directory.path, directory.files, known);
    tracks = [...tracks, ...sheets.tracks];
    yield planFolder(directory, known, sheets, new Set(tracks), planner, files);
    tracks = tracks.filter((track) => path.posix.dirname(track) !== directory.path);
  }
  const vanished = files
    .directoriesBelow(root)
    .filter((name) => !seen.has(name) && !isBelow(name, unreadable));
  yield { skipped: [], files: [], gone: vanished.flatMap((name) => goneIn(name, files.filesIn(name))) };
}

function createClassifier(planner: Planner, knownIn: ReturnType<typeof createKnownFiles>) {
  return (directory: string, name: string, file: string): Interest => {
    const { hostings, reading } = planner(file);
    if (hostings.length === 0) {
      return toSoftPatch(file) !== undefined || isDiscSheet(file) ? "stat" : "none";
    }
    // Listing a zip takes little longer than its size and time, and finds a moved zip by its list of members.
    const isNewZip = archiveKindOf(name) === "zip" && !knownIn(directory).has(name);
    return isNewZip && !reading.whole ? "open" : "stat";
  };
}

/** The files of a folder by name. Remembers the last folder, which is asked for again and again. */
function createKnownFiles(files: FileStore): (directory: string) => ReadonlyMap<string, KnownFile> {
  let last: string | undefined;
  let known = new Map<string, KnownFile>();
  return (directory) => {
    if (directory !== last) {
      last = directory;
      known = new Map(files.filesIn(directory).map((file) => [file.name, file]));
    }
    return known;
  };
}

function planFolder(
  directory: WalkedDirectory,
  known: ReadonlyMap<string, KnownFile>,
  sheets: FolderSheets,
  tracks: ReadonlySet<string>,
  planner: Planner,
  store: FileStore,
): FolderPlan {
  const patches = directory.files.flatMap(({ path: file, stamp }) => toStampedPatch(file, stamp) ?? []);
  // Soft patches are not content.
  const contents =
    patches.length === 0
      ? directory.files
      : directory.files.filter(({ path: file }) => toSoftPatch(file) === undefined);
  const sidecarsOf = createSidecarIndex(directory.path, patches, sheets.parts);
  const files = contents.map(({ name, path: file, stamp }) =>
    planFile(
      {
        path: file,
        stamp,
        plan: tracks.has(file) ? TRACK_PLAN : planner(file),
        known: known.get(name),
        partsChanged: sheets.changed.has(name),
        sidecars: sidecarsOf(file, known.get(name)?.sidecars),
      },
      store,
    ),
  );
  const present = new Set(contents.map(({ name }) => name));
  const others = [...known.values()].filter(({ name }) => !present.has(name));
  return { skipped: directory.problems, files, gone: goneIn(directory.path, others) };
}

/** A file may be unchanged by size and time, or moved by inode. A moved sheet is read, since its parts may not have moved. */
function planFile(file: ScannedFile, store: FileStore): FilePlan {
  const { known, plan, sidecars, stamp } = file;
  if (plan === TRACK_PLAN && stamp !== undefined) {
    return { action: "track", file, stamp };
  }
  if (known !== undefined) {
    const keeps = file.partsChanged !== true && isUnchanged(known, file);
    return keeps ? { action: "keep", file, known } : { action: "read", file };
  }
  const fileId =
    stamp === undefined || sidecars.state.parts !== undefined
      ? undefined
      : store.findMoved(file.path, stamp, encodeSidecars(sidecars.state), plan.signature);
  return fileId === undefined ? { action: "read", file } : { action: "move", file, fileId };
}

function goneIn(directory: string, files: readonly KnownFile[]): GoneFile[] {
  return files
    .filter(({ name, missing }) => missing === 0 && !existsSync(path.posix.join(directory, name)))
    .map(({ id, name }) => ({ id, directory, name }));
}

function isBelow(directory: string, roots: readonly string[]): boolean {
  return roots.some((root) => directory === root || directory.startsWith(`${root}/`));
}
