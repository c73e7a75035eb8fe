import { statSync, type Stats } from "node:fs";
import path from "node:path";
import {
  createSidecarIndex,
  describeReadError,
  stampedPatchesIn,
  stampOf,
  type Skipped,
} from "../content/index.ts";
import type { FileStore } from "../store/index.ts";
import { readSheets } from "./disc-tracks.ts";
import type { FolderPlan, Planner } from "./plan-tree.ts";
import type { ScannedFile } from "./scanned-file.ts";

/** Plans a file that the operator adds: it is read even when it looks unchanged. */
export function planAddition(file: string, files: FileStore, planner: Planner): FolderPlan {
  const found = findFile(file, files, planner);
  return "reason" in found
    ? { skipped: [found], files: [], gone: [] }
    : { skipped: [], files: [{ action: "read", file: found }], gone: [] };
}

function findFile(file: string, files: FileStore, planner: Planner): ScannedFile | Skipped {
  let stats: Stats;
  try {
    stats = statSync(file);
  } catch (error) {
    return { path: file, reason: describeReadError(error) };
  }
  if (!stats.isFile()) {
    const reason = stats.isDirectory() ? "is a folder: scan it instead" : "not a regular file";
    return { path: file, reason };
  }
  const plan = planner(file);
  if (plan.hostings.length === 0) {
    return { path: file, reason: "no configured core takes such files: name the core" };
  }
  const directory = path.posix.dirname(file);
  const name = path.posix.basename(file);
  const stamp = stampOf(stats);
  const known = files.filesIn(directory).find((candidate) => candidate.name === name);
  const { parts } = readSheets(directory, [{ name, stamp }], new Map());
  const sidecars = createSidecarIndex(directory, stampedPatchesIn(directory), parts)(file, known?.sidecars);
  return { path: file, stamp, plan, known, sidecars };
}
