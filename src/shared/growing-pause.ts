const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/** How long to wait after this number of failures in a row, 1 or more: 1 s, 2 s, 4 s … 60 s. */
export function growingPauseMs(failures: number): number {
  return Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
}
