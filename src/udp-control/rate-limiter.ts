import { TokenBucket, type Clock } from "../shared/index.ts";

/** A token bucket: `burst` at once, `perSecond` in the long run. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface RateLimiter {
  /** Takes one token of this source; false when it has none left. */
  take(source: string): boolean;
}

/** Sources beyond these are forgotten, longest unseen first: addresses are free to forge, memory is not. */
const MAX_SOURCES = 4096;

export function createRateLimiter(
  clock: Clock,
  { perSecond, burst }: Rate,
  maxSources = MAX_SOURCES,
): RateLimiter {
  const buckets = new Map<string, TokenBucket>();
  return {
    take(source) {
      const nowMs = clock.now();
      const bucket = buckets.get(source) ?? new TokenBucket(perSecond, burst, nowMs);
      // Deleted first, so that the map's order is the order of last use.
      buckets.delete(source);
      buckets.set(source, bucket);
      const [oldest] = buckets.keys();
      if (buckets.size > maxSources && oldest !== undefined) {
        buckets.delete(oldest);
      }
      return bucket.take(1, nowMs);
    },
  };
}
