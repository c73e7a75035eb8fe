import {
  encodeSidecars,
  type FileStamp,
  type ReadFile,
  type ReadJob,
  type Sidecars,
} from "../content/index.ts";
import type { FileFacts, KnownFile } from "../store/index.ts";
import type { HostingPlan } from "./plan-hosting.ts";

/** A file that a scan found, and what the catalog knows of it. */
export interface ScannedFile {
  readonly path: string;
  /** Undefined for a file that is opened in any case; its size and time are read then. */
  readonly stamp: FileStamp | undefined;
  readonly sidecars: Sidecars;
  readonly plan: HostingPlan;
  /** The row of the same path; undefined for a new file. */
  readonly known: KnownFile | undefined;
  /** A disc sheet whose parts appeared or vanished, so that it has to be checked again. */
  readonly partsChanged?: boolean;
}

/** Compares size and time of the file and of its sidecar files, and the cores that take it. */
export function isUnchanged(known: KnownFile, { stamp, sidecars, plan }: ScannedFile): boolean {
  return (
    known.sizeBytes === stamp?.sizeBytes &&
    known.mtimeMs === stamp.mtimeMs &&
    known.sidecars === encodeSidecars(sidecars.state) &&
    known.plan === plan.signature
  );
}

/** Of an archive only the directory is read. */
export function bytesToRead({ plan, stamp }: ScannedFile): number {
  return plan.reading.whole ? (stamp?.sizeBytes ?? 0) : 0;
}

export function toJob(file: ScannedFile): ReadJob {
  return { path: file.path, patches: file.sidecars.patches, ...file.plan.reading };
}

/** What the catalog stores of the file as a whole. */
export function toFacts(
  { sidecars, plan }: ScannedFile,
  { stamp, fingerprint, problems, folders = {} }: Omit<ReadFile, "contents">,
): FileFacts {
  const encoded = encodeSidecars({ ...sidecars.state, folders });
  return { stamp, sidecars: encoded, fingerprint, plan: plan.signature, problem: problems.join("\n") };
}
