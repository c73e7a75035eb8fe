import {
  type ReadJob,
  type FileStamp,
  type ReadFile,
  encodeSurroundings,
  type Beside,
} from "../content/index.ts";
import type { FileFacts, KnownFile } from "../store/index.ts";
import type { HostingPlan } from "./plan-hosting.ts";

/** A file that was found, and what the catalog remembers of it. */
export interface FoundFile {
  readonly path: string;
  /** Undefined for one that is opened whatever its facts are. */
  readonly stamp: FileStamp | undefined;
  readonly beside: Beside;
  readonly plan: HostingPlan;
  readonly known: KnownFile | undefined;
  /** Read it even when it looks unchanged. */
  readonly force?: boolean;
  /** A sheet whose parts came or went: read it again. */
  readonly isDisturbed?: boolean;
}

/** By size and time alone, of the file and of its patches. */
export function isAsKnown(known: KnownFile, { stamp, beside, plan }: FoundFile): boolean {
  return (
    known.sizeBytes === stamp?.sizeBytes &&
    known.mtimeMs === stamp.mtimeMs &&
    known.patch === encodeSurroundings(beside.surroundings) &&
    known.plan === plan.signature
  );
}

/** Nothing is read of an archive but its directory. */
export function bytesToRead({ plan, stamp }: FoundFile): number {
  return plan.reading.whole ? (stamp?.sizeBytes ?? 0) : 0;
}

export function toJob(found: FoundFile): ReadJob {
  const { whole, members } = found.plan.reading;
  return { path: found.path, sizeBytes: bytesToRead(found), patches: found.beside.patches, whole, members };
}

/** What the catalog keeps of the file as a whole. */
export function toFacts(
  { beside, plan }: FoundFile,
  { stamp, fingerprint, problems, folders = NO_FOLDERS }: Omit<ReadFile, "contents">,
): FileFacts {
  const patch = encodeSurroundings({ ...beside.surroundings, folders });
  return { stamp, patch, fingerprint, plan: plan.signature, problem: problems.join("\n") };
}

const NO_FOLDERS = {};
