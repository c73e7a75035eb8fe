import type { ReadJob } from "./content-reader.ts";
import type { FileStamp, KnownFile } from "./file-store.ts";
import type { HostingPlan } from "./plan-hosting.ts";
import type { SoftPatch } from "./soft-patch.ts";

/** A file that was found, and what the catalog remembers of it. */
export interface FoundFile {
  readonly path: string;
  readonly stamp: FileStamp;
  /** Soft patches beside it, and what tells them from other versions of themselves. */
  readonly patches: readonly SoftPatch[];
  readonly patchStamp: string;
  readonly plan: HostingPlan;
  readonly known: KnownFile | undefined;
  /** Read it even when it looks unchanged. */
  readonly force?: boolean;
  /** A sheet whose parts came or went: read it again. */
  readonly isDisturbed?: boolean;
}

/** By size and time alone, of the file and of its patches. */
export function isAsKnown(known: KnownFile, { stamp, patchStamp, plan }: FoundFile): boolean {
  return (
    known.sizeBytes === stamp.sizeBytes &&
    known.mtimeMs === stamp.mtimeMs &&
    known.patch === patchStamp &&
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
