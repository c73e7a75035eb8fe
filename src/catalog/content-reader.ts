import { statSync } from "node:fs";
import { fail, ok, type Result } from "../shared/index.ts";
import { archiveKindOf } from "./content-path.ts";
import { stampOf } from "./file-stamp.ts";
import {
  contentsOf,
  describeReadError,
  fingerprintOf,
  readContent,
  type ReadFile,
  type ReadOptions,
} from "./read-content.ts";

/** A file to be read. */
export interface ReadJob extends ReadOptions {
  readonly path: string;
  /** About as much has to be read; 0 when not given. */
  readonly sizeBytes?: number;
}

/** Reads files in any order, several at once where it can. */
export interface ContentReader {
  /** Reads a batch; answers with one result a job, in their order. */
  read(jobs: readonly ReadJob[]): Promise<readonly Result<ReadFile, string>[]>;
  /** Jobs that are still waiting are dropped; their promises never settle. */
  close(): Promise<void>;
}

/** Reads in this thread, one file after the other; between two files, others get their turn. */
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
  // Here, because it starts programs: a thread that meets no .7z starts sooner without what that takes.
  const { listSevenZip } = await import("./list-seven-zip.ts");
  const listing = await listSevenZip(job.path);
  if (!listing.ok) {
    return listing;
  }
  const { contents, problems } = contentsOf(listing.value, job.path, job, () => undefined);
  if (job.whole) {
    const outside = readContent(job.path, { whole: true });
    return outside.ok
      ? ok({ ...outside.value, contents: [...contents, ...outside.value.contents], problems })
      : outside;
  }
  try {
    const stamp = stampOf(statSync(job.path));
    return ok({ stamp, fingerprint: fingerprintOf(listing.value), contents, problems });
  } catch (error) {
    return fail(describeReadError(error));
  }
}
