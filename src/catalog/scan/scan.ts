import path from "node:path";
import type { Database } from "better-sqlite3";
import type { CoreConfig } from "../../config.ts";
import { fail, foldName, ok, type Result } from "../../shared/index.ts";
import { createReaderPool, describeUnlisted, type ContentReader, type Skipped } from "../content/index.ts";
import { nameEntries, readHeaders } from "../dat/index.ts";
import { checkSets } from "../sets/index.ts";
import { FileStore } from "../store/index.ts";
import { planAddition } from "./plan-addition.ts";
import { createHostingPlanner, type CoreInfoLookup } from "./plan-hosting.ts";
import { planTree, type FolderPlan, type Planner } from "./plan-tree.ts";
import { readPlanned } from "./read-planned.ts";
import type { ScanProgress, ScanReport } from "./scan-report.ts";
import { storeScanned } from "./store-scanned.ts";

export interface ScanOptions extends CoreInfoLookup {
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
  const folders = outermost(options.targets.map((folder) => path.resolve(folder)));
  return scan(database, options, false, function* (files, planner) {
    for (const folder of folders) {
      yield* planTree(folder, files, planner);
    }
  });
}

/** Leaves out folders inside other folders, so that nothing is read twice. */
function outermost(folders: readonly string[]): string[] {
  const isInside = (folder: string): boolean =>
    folders.some((other) => other !== folder && folder.startsWith(other === "/" ? other : `${other}/`));
  return [...new Set(folders)].filter((folder) => !isInside(folder));
}

/** Adds or refreshes these files. A file that no core takes is skipped with a reason, unless `core` is given. */
export async function addFiles(
  database: Database,
  options: ScanOptions,
): Promise<Result<ScanReport, string>> {
  return scan(database, options, true, function* (files, planner) {
    for (const target of options.targets) {
      yield planAddition(path.resolve(target), files, planner);
    }
  });
}

/** Plan, read, store: each stage takes what the one before it hands on. */
async function scan(
  database: Database,
  options: ScanOptions,
  trustExtension: boolean,
  plan: (files: FileStore, planner: Planner) => Iterable<FolderPlan>,
): Promise<Result<ScanReport, string>> {
  const { cores, core, signal } = options;
  if (core !== undefined && !cores.some(({ name }) => foldName(name) === foldName(core))) {
    const known = [...new Set(cores.map(({ name }) => name))].join(", ");
    return fail(`no core is named ${core}: the configuration has ${known}`);
  }
  const planner = createHostingPlanner(cores, { ...options, only: core, trustExtension });
  const reader = options.reader ?? createReaderPool(trustExtension ? { threads: 0 } : {});
  const files = new FileStore(database);
  try {
    const steps = readPlanned(plan(files, planner), reader, signal);
    const stored = await storeScanned(database, files, steps, options);
    const skipped = [...stored.skipped, ...(await compareWithDats(database, signal))];
    return ok({ ...stored, skipped, interrupted: signal?.aborted === true });
  } finally {
    if (options.reader === undefined) {
      await reader.close();
    }
  }
}

/** Compares new entries with the imported DATs. The next scan does what the signal cuts off. */
async function compareWithDats(database: Database, signal: AbortSignal | undefined): Promise<Skipped[]> {
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
