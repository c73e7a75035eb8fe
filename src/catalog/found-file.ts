import type { ReadJob } from "./content-reader.ts";
import type { FileStamp } from "./file-stamp.ts";
import type { KnownFile } from "./file-store.ts";
import type { HostingPlan } from "./plan-hosting.ts";
import type { SoftPatch } from "./soft-patch.ts";

/** Soft patches beside a file, and what tells them from other versions of themselves: empty without one. */
export interface PatchesBeside {
  readonly patches: readonly SoftPatch[];
  readonly stamp: string;
}

/** A file that was found, and what the catalog remembers of it. */
export interface FoundFile {
  readonly path: string;
  /** Undefined for one that is opened whatever its facts are. */
  readonly stamp: FileStamp | undefined;
  readonly beside: PatchesBeside;
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
    known.patch === beside.stamp &&
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
