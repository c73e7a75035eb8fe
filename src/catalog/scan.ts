import { existsSync, statSync, type Stats } from "node:fs";
import path from "node:path";
import type { Database } from "better-sqlite3";
import type { CoreConfig } from "../config.ts";
import { fail, foldName, ok, type Result } from "../shared/index.ts";
import { createInlineReader, type ContentReader } from "./content-reader.ts";
import { checkSets } from "./dat/check-sets.ts";
import { nameEntries } from "./dat/name-entries.ts";
import { readHeaders } from "./dat/read-headers.ts";
import { isDiscSheet } from "./disc-sheet.ts";
import { findTracks } from "./find-tracks.ts";
import { stampOf, type FileStamp } from "./file-stamp.ts";
import type { KnownFile } from "./file-store.ts";
import type { PatchesBeside } from "./found-file.ts";
import { archiveKindOf, baseOf } from "./content-path.ts";
import { createHostingPlanner, TRACK_PLAN, type CoreFacts, type HostingPlan } from "./plan-hosting.ts";
import { describeReadError } from "./read-content.ts";
import type { ScanProgress, ScanReport } from "./scan-report.ts";
import { ScanRun } from "./scan-run.ts";
import { patchesIn, toSoftPatch, type SoftPatch } from "./soft-patch.ts";
import { createReaderPool } from "./reader-pool.ts";
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
    for (const target of options.targets) {
      await scanTree(run, path.resolve(target), plan);
    }
  });
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
    if (!report.interrupted) {
      await readHeaders(database, signal);
      nameEntries(database);
    }
    if (report.added + report.updated + report.moved + report.missing > 0) {
      checkSets(database);
    }
    return ok(report);
  } finally {
    run.flush();
    if (options.reader === undefined) {
      await reader.close();
    }
  }
}

async function scanTree(run: ScanRun, root: string, plan: Planner): Promise<void> {
  const seen = new Set<string>();
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
    if (directory.problems.some((problem) => problem.path === directory.path)) {
      unreadable.push(directory.path);
    }
    scanDirectory(run, directory, plan, knownIn(directory.path));
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
  return roots.some((root) => existsSync(root) && (directory === root || directory.startsWith(`${root}/`)));
}

function scanDirectory(
  run: ScanRun,
  directory: WalkedDirectory,
  plan: Planner,
  known: Map<string, KnownFile>,
): void {
  const { tracks, disturbed } = findTracks(directory.path, directory.files, known);
  const patches: StampedPatch[] = [];
  const contents: WalkedFile[] = [];
  for (const found of directory.files) {
    const patch = toSoftPatch(found.path);
    if (patch === undefined) {
      contents.push(found);
    } else {
      patches.push({ patch, stamp: stampOfPatch(found.name, found.stamp) });
      known.delete(found.name);
    }
  }
  for (const { name, path: file, stamp } of contents) {
    run.offer({
      path: file,
      stamp,
      plan: tracks.has(name) ? TRACK_PLAN : plan(file),
      known: known.get(name),
      isDisturbed: disturbed.has(name),
      beside: patchesBeside(file, patches),
    });
    known.delete(name);
  }
  for (const { path: file } of directory.unstamped) {
    run.offer({
      path: file,
      stamp: undefined,
      plan: plan(file),
      known: undefined,
      beside: patchesBeside(file, patches),
    });
  }
  run.forget(directory.path, [...known.values()]);
}

const NO_PATCHES: PatchesBeside = { patches: [], stamp: "" };

interface StampedPatch {
  readonly patch: SoftPatch;
  readonly stamp: string;
}

/** A member of an archive is patched by a file named after the member, which is not known yet: all that are there count. */
function patchesBeside(file: string, all: readonly StampedPatch[]): PatchesBeside {
  if (all.length === 0) {
    return NO_PATCHES;
  }
  const isArchive = archiveKindOf(file) !== undefined;
  const base = baseOf(file);
  const own = all.filter(({ patch }) => isArchive || baseOf(patch.path) === base);
  return { patches: own.map(({ patch }) => patch), stamp: own.map(({ stamp }) => stamp).join("/") };
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
  const known = run.filesIn(path.posix.dirname(file)).find(({ name }) => name === path.posix.basename(file));
  const patches = patchesIn(path.posix.dirname(file)).map(toStamped);
  const stamp = stampOf(stats);
  run.offer({ path: file, stamp, plan: hosting, known, force: true, beside: patchesBeside(file, patches) });
}

function toStamped(patch: SoftPatch): StampedPatch {
  const stats = statSync(patch.path, { throwIfNoEntry: false });
  return {
    patch,
    stamp: stampOfPatch(path.posix.basename(patch.path), stats === undefined ? undefined : stampOf(stats)),
  };
}

function stampOfPatch(name: string, stamp: FileStamp | undefined): string {
  return `${name}:${stamp?.sizeBytes ?? 0}:${stamp?.mtimeMs ?? 0}`;
}
