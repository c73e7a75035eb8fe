import type { ReadJob } from "./content-reader.ts";
import type { FileFacts, FileStamp, KnownFile } from "./file-store.ts";
import type { HostingPlan } from "./plan-hosting.ts";
import type { ReadFile } from "./read-file.ts";
import type { SoftPatch } from "./soft-patch.ts";
import { encodeSurroundings, type Surroundings } from "./surroundings.ts";

/** A file that was found, and what the catalog remembers of it. */
export interface FoundFile {
  readonly path: string;
  readonly stamp: FileStamp;
  /** Soft patches beside it. */
  readonly patches: readonly SoftPatch[];
  readonly surroundings: Surroundings;
  readonly plan: HostingPlan;
  readonly known: KnownFile | undefined;
  /** Read it even when it looks unchanged. */
  readonly force?: boolean;
  /** A sheet whose parts came or went: read it again. */
  readonly isDisturbed?: boolean;
}

/** By size and time alone, of the file and of its patches. */
export function isAsKnown(known: KnownFile, { stamp, surroundings, plan }: FoundFile): boolean {
  return (
    known.sizeBytes === stamp.sizeBytes &&
    known.mtimeMs === stamp.mtimeMs &&
    known.patch === encodeSurroundings(surroundings) &&
    known.plan === plan.signature
  );
}

/** Nothing is read of an archive but its directory. */
export function bytesToRead({ plan, stamp }: FoundFile): number {
  return plan.reading.whole ? stamp.sizeBytes : 0;
}

export function toJob(found: FoundFile): ReadJob {
  return { path: found.path, sizeBytes: bytesToRead(found), patches: found.patches, ...found.plan.reading };
}

/** What the catalog keeps of the file as a whole. */
export function toFacts(found: FoundFile, read: Omit<ReadFile, "contents">): FileFacts {
  const { device, inode } = found.stamp;
  const { sizeBytes, mtimeMs, fingerprint, problems, folders = {} } = read;
  const patch = encodeSurroundings({ ...found.surroundings, folders });
  const plan = found.plan.signature;
  return { sizeBytes, mtimeMs, device, inode, fingerprint, patch, plan, problem: problems.join("\n") };
}
