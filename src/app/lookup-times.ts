import type { Clock } from "../shared/index.ts";

/** How long the catalog took to find, or not to find, a game. */
export interface LookupSummary {
  /** Since the server started. */
  readonly count: number;
  /** Microseconds, of the last ones, at most `REMEMBERED`; null before the first. */
  readonly medianUs: number | null;
  readonly p99Us: number | null;
}

/** Remembers how long lookups took. */
export interface LookupTimes {
  /** Does the lookup and keeps how long it took. */
  readonly time: <T>(lookUp: () => T) => T;
  readonly summary: () => LookupSummary;
}

const REMEMBERED = 10_000;

export function createLookupTimes(clock: Pick<Clock, "now">): LookupTimes {
  const lastMs = new Float64Array(REMEMBERED);
  let count = 0;
  return {
    time(lookUp) {
      const fromMs = clock.now();
      const found = lookUp();
      lastMs[count % REMEMBERED] = clock.now() - fromMs;
      count++;
      return found;
    },
    summary() {
      const sorted = lastMs.slice(0, Math.min(count, REMEMBERED)).sort();
      const at = (share: number): number | null => {
        const ms = sorted[Math.floor(sorted.length * share)];
        return ms === undefined ? null : Math.round(ms * 10_000) / 10;
      };
      return { count, medianUs: at(0.5), p99Us: at(0.99) };
    },
  };
}
