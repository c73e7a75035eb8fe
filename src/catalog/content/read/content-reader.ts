import { statSync } from "node:fs";
import { fail, ok, type Result } from "../../../shared/index.ts";
import { contentsOf, fingerprintOf } from "./archive-contents.ts";
import { archiveKindOf } from "../content-path.ts";
import { stampOf } from "../file-stamp.ts";
import { describeReadError } from "../read-error.ts";
import { withFile } from "../with-file.ts";
import { readContent } from "./read-content.ts";
import type { ReadFile, ReadJob } from "./read-file.ts";

/** One result a job, in their order. */
export type ReadResults = readonly Result<ReadFile, string>[];

/** Reads files in any order, several at once where it can. */
export interface ContentReader {
  read(jobs: readonly ReadJob[]): Promise<ReadResults>;
  /** Jobs that are still waiting are dropped; their promises never settle. */
  close(): Promise<void>;
}

/** Reads in this thread, one file after the other. */
export async function readAll(jobs: readonly ReadJob[]): Promise<ReadResults> {
  const results = [];
  for (const job of jobs) {
    results.push(await readJob(job));
  }
  return results;
}

/** One job, whatever kind of file it is. */
export async function readJob(job: ReadJob): Promise<Result<ReadFile, string>> {
  try {
    return archiveKindOf(job.path) === "7z" && job.members !== undefined
      ? await readSevenZip(job)
      : withFile(job.path, (fd, stats) => readContent(fd, stats, job));
  } catch (error) {
    return fail(describeReadError(error));
  }
}

async function readSevenZip(job: ReadJob): Promise<Result<ReadFile, string>> {
  // Before the listing, so that the next scan sees a change during it.
  const stamp = stampOf(statSync(job.path));
  // Imported here, since most threads read no .7z and start sooner without it.
  const { listSevenZip } = await import("../archive/list-seven-zip.ts");
  const listing = await listSevenZip(job.path);
  if (!listing.ok) {
    return listing;
  }
  const inside = contentsOf(listing.value, job, () => undefined);
  if (!job.whole) {
    return ok({ ...inside, stamp, fingerprint: fingerprintOf(listing.value) });
  }
  const outside = await readJob({ path: job.path, whole: true, patches: job.patches });
  if (!outside.ok) {
    return outside;
  }
  const contents = [...inside.contents, ...outside.value.contents];
  const problems = [...inside.problems, ...outside.value.problems];
  return ok({ ...outside.value, contents, problems, folders: inside.folders });
}
