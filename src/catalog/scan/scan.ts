import { existsSync, statSync, type Stats } from "node:fs";
import path from "node:path";
import type { Database } from "better-sqlite3";
import type { CoreConfig } from "../../config.ts";
import { fail, foldName, ok, type Result } from "../../shared/index.ts";
import {
  createInlineReader,
  type ContentReader,
  isDiscSheet,
  stampOf,
  archiveKindOf,
  describeUnlisted,
  describeReadError,
  createReaderPool,
  toSoftPatch,
  createBesideFinder,
  stampedPatchesIn,
  toStampedPatch,
  type StampedPatch,
  type Skipped,
} from "../content/index.ts";
import { checkSets } from "../sets/index.ts";
import { nameEntries, readHeaders } from "../dat/index.ts";
import { readSheets, tracksFromAbove } from "./find-tracks.ts";
import type { KnownFile } from "../store/index.ts";
import { createHostingPlanner, TRACK_PLAN, type CoreFacts, type HostingPlan } from "./plan-hosting.ts";
import type { ScanProgress, ScanReport } from "./scan-report.ts";
import { ScanRun } from "./scan-run.ts";
import { walkTree, type Interest, type WalkedDirectory, type WalkedFile } from "./walk-tree.ts";

export interface ScanOptions extends CoreFacts {
  /** Folders for a scan, files for an addition; relative to the current folder. */
  readonly targets: readonly string[];
  readonly cores: readonly CoreConfig[];
  /** Name of the core that takes everything, whatever folders and extensions say. */
  readonly core?: string | undefined;
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
  /** Ends the scan; what was read until then is kept. */
  readonly signal?: AbortSignal | undefined;
  /** Reads the files; when not given, all processors do for a scan, and this thread for an addition. */
  readonly reader?: ContentReader | undefined;
}

/** Brings the catalog up to date with these folders. Fails, with a line for the operator, only when it cannot begin. */
export async function scanDirectories(
  database: Database,
  options: ScanOptions,
): Promise<Result<ScanReport, string>> {
  return scan(database, options, false, async (run, plan) => {
    for (const target of outermost(options.targets.map((folder) => path.resolve(folder)))) {
      await scanTree(run, target, plan);
    }
  });
}

/** Without those that lie in others: the cores' folders may be nested, and nothing is read twice. */
function outermost(folders: readonly string[]): string[] {
  const isInside = (folder: string): boolean =>
    folders.some((other) => other !== folder && folder.startsWith(other === "/" ? other : `${other}/`));
  return [...new Set(folders)].filter((folder) => !isInside(folder));
}

/** Adds or refreshes these files. One that no core takes is skipped with a reason; `core` takes any. */
export async function addFiles(
  database: Database,
  options: ScanOptions,
): Promise<Result<ScanReport, string>> {
  return scan(database, options, true, async (run, plan) => {
    for (const target of options.targets) {
      await run.breathe();
      addFile(run, path.resolve(target), plan);
    }
  });
}

type Planner = (file: string) => HostingPlan;

async function scan(
  database: Database,
  options: ScanOptions,
  trustExtension: boolean,
  feed: (run: ScanRun, plan: Planner) => Promise<void>,
): Promise<Result<ScanReport, string>> {
  const { cores, core } = options;
  if (core !== undefined && !cores.some(({ name }) => foldName(name) === foldName(core))) {
    const known = [...new Set(cores.map(({ name }) => name))].join(", ");
    return fail(`no core is named ${core}: the configuration has ${known}`);
  }
  const plan = createHostingPlanner(cores, { ...options, only: core, trustExtension });
  const reader = options.reader ?? (trustExtension ? createInlineReader() : createReaderPool());
  const { onProgress, signal } = options;
  const run = new ScanRun({ database, reader, onProgress, signal });
  try {
    await feed(run, plan);
    const report = await run.finish();
    const skipped = [...report.skipped, ...(await askDats(database, signal))];
    return ok({ ...report, skipped, interrupted: signal?.aborted === true });
  } finally {
    run.flush();
    if (options.reader === undefined) {
      await reader.close();
    }
  }
}

/** What the DATs say of what was found. Whatever the signal cuts off is done by the next scan. */
async function askDats(database: Database, signal: AbortSignal | undefined): Promise<Skipped[]> {
  if (!isAborted(signal)) {
    await readHeaders(database, signal);
  }
  if (!isAborted(signal)) {
    nameEntries(database);
  }
  return isAborted(signal) ? [] : describeUnlisted(await checkSets(database, signal), ".7z set");
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

async function scanTree(run: ScanRun, root: string, plan: Planner): Promise<void> {
  const seen = new Set<string>();
  // Of the sheets in the folders above the one that is looked at.
  const tracks = new Set(tracksFromAbove(root, (directory) => run.filesIn(directory)));
  const unreadable: string[] = [];
  const knownIn = createKnownFiles(run);
  const judge = (directory: string, name: string, file: string): Interest => {
    const { hostings, reading } = plan(file);
    if (hostings.length === 0) {
      return toSoftPatch(file) !== undefined || isDiscSheet(file) ? "facts" : "none";
    }
    // Listing a zip costs little more than a look at it, and finds a moved one by its list.
    const isNewZip = archiveKindOf(name) === "zip" && !knownIn(directory).has(name);
    return isNewZip && !reading.whole ? "opened" : "facts";
  };
  for (const directory of walkTree(root, judge)) {
    await run.breathe();
    if (run.isOver()) {
      return;
    }
    seen.add(directory.path);
    for (const problem of directory.problems) {
      run.skip(problem);
    }
    // Nobody knows what is in a folder that is there and cannot be read, so nothing in it is missing.
    if (directory.problems.some((problem) => problem.path === directory.path) && existsSync(directory.path)) {
      unreadable.push(directory.path);
    } else {
      scanDirectory(run, directory, plan, knownIn(directory.path), tracks);
    }
  }
  run.forgetDirectories(root, (directory) => seen.has(directory) || isBelow(directory, unreadable));
}

/** Files of a folder by name. Asked again for the folder that is being walked, it does not ask the database again. */
function createKnownFiles(run: ScanRun): (directory: string) => Map<string, KnownFile> {
  let last: string | undefined;
  let files = new Map<string, KnownFile>();
  return (directory) => {
    if (directory !== last) {
      last = directory;
      files = new Map(run.filesIn(directory).map((file) => [file.name, file]));
    }
    return files;
  };
}

function isBelow(directory: string, roots: readonly string[]): boolean {
  return roots.some((root) => directory === root || directory.startsWith(`${root}/`));
}

/** @param tracks - Paths of tracks that are still to be met; those that this folder's sheets name are added, those in it removed. */
function scanDirectory(
  run: ScanRun,
  directory: WalkedDirectory,
  plan: Planner,
  known: Map<string, KnownFile>,
  tracks: Set<string>,
): void {
  const sheets = readSheets(directory.path, directory.files, known);
  for (const track of sheets.tracks) {
    tracks.add(track);
  }
  const { patches, contents } = divide(directory.files);
  const besideOf = createBesideFinder(directory.path, patches, sheets.parts);
  for (const { name, path: file, stamp } of contents) {
    run.offer({
      path: file,
      stamp,
      plan: tracks.delete(file) ? TRACK_PLAN : plan(file),
      known: known.get(name),
      isDisturbed: sheets.disturbed.has(name),
      beside: besideOf(file, known.get(name)?.patch),
    });
    known.delete(name);
  }
  for (const { path: file } of directory.unstamped) {
    run.offer({
      path: file,
      stamp: undefined,
      plan: plan(file),
      known: undefined,
      beside: besideOf(file),
    });
  }
  for (const track of sheets.tracks.filter((file) => path.posix.dirname(file) === directory.path)) {
    tracks.delete(track);
  }
  run.forget(directory.path, [...known.values()]);
}

/** Soft patches are no content. */
function divide(files: readonly WalkedFile[]): { patches: StampedPatch[]; contents: WalkedFile[] } {
  const patches: StampedPatch[] = [];
  const contents: WalkedFile[] = [];
  for (const found of files) {
    const patch = toStampedPatch(found.path, found.stamp);
    if (patch === undefined) {
      contents.push(found);
    } else {
      patches.push(patch);
    }
  }
  return { patches, contents };
}

function addFile(run: ScanRun, file: string, plan: Planner): void {
  let stats: Stats;
  try {
    stats = statSync(file);
  } catch (error) {
    run.skip({ path: file, reason: describeReadError(error) });
    return;
  }
  if (!stats.isFile()) {
    const reason = stats.isDirectory() ? "is a folder: scan it instead" : "not a regular file";
    run.skip({ path: file, reason });
    return;
  }
  const hosting = plan(file);
  if (hosting.hostings.length === 0) {
    run.skip({ path: file, reason: "no configured core takes such files: name the core" });
    return;
  }
  const directory = path.posix.dirname(file);
  const name = path.posix.basename(file);
  const stamp = stampOf(stats);
  const known = run.filesIn(directory).find((candidate) => candidate.name === name);
  const { parts } = readSheets(directory, [{ name, stamp }], new Map());
  const besideOf = createBesideFinder(directory, stampedPatchesIn(directory), parts);
  run.offer({ path: file, stamp, plan: hosting, known, force: true, beside: besideOf(file, known?.patch) });
}
