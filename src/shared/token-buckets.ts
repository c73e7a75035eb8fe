import { forgetOldest } from "./forget-oldest.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A token bucket: `burst` at once, `perSecond` in the long run. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** The least recently used keys beyond this number are forgotten: forged addresses must not use up memory. */
const MAX_KEYS = 4096;

/** One token bucket for each key, mostly a group of addresses. */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #maxKeys: number;
  /** In the order of their last `take`. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate, maxKeys = MAX_KEYS) {
    this.#rate = rate;
    this.#maxKeys = maxKeys;
  }

  /** Takes one token of this key; false when there is none left. */
  take(key: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#rate.perSecond, this.#rate.burst, nowMs);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    forgetOldest(this.#buckets, this.#maxKeys);
    return bucket.take(1, nowMs);
  }

  /** Whether `take` would return true. */
  has(key: string, nowMs: number): boolean {
    return this.#buckets.get(key)?.has(1, nowMs) ?? true;
  }

  /** How many tokens of this key are missing until its bucket is full. */
  used(key: string, nowMs: number): number {
    return this.#buckets.get(key)?.used(nowMs) ?? 0;
  }

  /** Number of stored keys. */
  get size(): number {
    return this.#buckets.size;
  }
}
