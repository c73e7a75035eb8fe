import type { Skipped } from "../content/index.ts";

/** Totals grow while the tree is still being walked. */
export interface ScanProgress {
  readonly filesDone: number;
  readonly filesTotal: number;
  /** Of the files that have to be read in full: nothing of an archive is. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** Counts are of files, an archive is one. */
export interface ScanReport {
  readonly added: number;
  readonly updated: number;
  readonly moved: number;
  readonly unchanged: number;
  /** Newly found to be gone. */
  readonly missing: number;
  readonly skipped: readonly Skipped[];
  /** The signal ended it. */
  readonly interrupted: boolean;
}
