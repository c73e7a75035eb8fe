import { statSync, type Stats } from "node:fs";
import { fail, ok, type Result } from "../../../shared/index.ts";
import { contentsOf, fingerprintOf } from "./archive-contents.ts";
import { archiveKindOf } from "../content-path.ts";
import { stampOf } from "../file-stamp.ts";
import { describeReadError } from "../read-error.ts";
import { readContent } from "./read-content.ts";
import type { ReadFile, ReadOptions } from "./read-file.ts";

/** A file to be read. */
export interface ReadJob extends ReadOptions {
  readonly path: string;
  /** About how much has to be read; 0 when not given. */
  readonly sizeBytes?: number;
}

/** Reads files in any order, several at once where it can. */
export interface ContentReader {
  /** Reads a batch; answers with one result a job, in their order. */
  read(jobs: readonly ReadJob[]): Promise<readonly Result<ReadFile, string>[]>;
  /** Jobs that are still waiting are dropped; their promises never settle. */
  close(): Promise<void>;
}

/** Reads in this thread, one file after the other; other work can run between two files. */
export function createInlineReader(): ContentReader {
  let closed = false;
  let turn = Promise.resolve();
  return {
    read: (jobs) =>
      new Promise((resolve, reject) => {
        turn = turn
          .then(async () => {
            const results = [];
            for (const job of jobs) {
              await new Promise(setImmediate);
              if (closed) {
                return;
              }
              results.push(await readJob(job));
            }
            resolve(results);
          })
          .catch(reject);
      }),
    close: async () => {
      closed = true;
      await turn;
    },
  };
}

/** One job, whatever kind of file it is. */
export async function readJob(job: ReadJob): Promise<Result<ReadFile, string>> {
  return archiveKindOf(job.path) === "7z" && job.members !== undefined
    ? readSevenZip(job)
    : readContent(job.path, job);
}

async function readSevenZip(job: ReadJob): Promise<Result<ReadFile, string>> {
  // Before the listing, so that the next scan sees a change during it.
  const stats = statFile(job.path);
  if (!stats.ok) {
    return stats;
  }
  // Imported here, since most threads read no .7z and start sooner without it.
  const { listSevenZip } = await import("../archive/list-seven-zip.ts");
  const listing = await listSevenZip(job.path);
  if (!listing.ok) {
    return listing;
  }
  const inside = contentsOf(listing.value, job.path, job, () => undefined);
  if (!job.whole) {
    return ok({ ...inside, stamp: stampOf(stats.value), fingerprint: fingerprintOf(listing.value) });
  }
  const outside = readContent(job.path, { whole: true, patches: job.patches });
  if (!outside.ok) {
    return outside;
  }
  const contents = [...inside.contents, ...outside.value.contents];
  const problems = [...inside.problems, ...outside.value.problems];
  return ok({ ...outside.value, contents, problems, folders: inside.folders });
}

function statFile(file: string): Result<Stats, string> {
  try {
    return ok(statSync(file));
  } catch (error) {
    return fail(describeReadError(error));
  }
}
