import type { Clock } from "../shared/index.ts";

/** A token bucket: `burst` at once, `perSecond` in the long run. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface RateLimiter {
  /** Takes one token of this source; false when it has none left. */
  take(source: string): boolean;
}

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** Sources beyond these are forgotten, longest unseen first: addresses are free to forge, memory is not. */
const MAX_SOURCES = 4096;

export function createRateLimiter(clock: Clock, rate: Rate, maxSources = MAX_SOURCES): RateLimiter {
  const buckets = new Map<string, Bucket>();
  return {
    take(source) {
      const atMs = clock.now();
      const tokens = refill(buckets.get(source), atMs, rate);
      const granted = tokens >= 1;
      // Deleted first, so that the map's order is the order of last use.
      buckets.delete(source);
      buckets.set(source, { tokens: granted ? tokens - 1 : tokens, atMs });
      if (buckets.size > maxSources) {
        for (const oldest of buckets.keys()) {
          buckets.delete(oldest);
          break;
        }
      }
      return granted;
    },
  };
}

function refill(bucket: Bucket | undefined, atMs: number, { perSecond, burst }: Rate): number {
  return bucket === undefined
    ? burst
    : Math.min(burst, bucket.tokens + ((atMs - bucket.atMs) / 1000) * perSecond);
}
