import { TokenBucket } from "../shared/index.ts";

/** Addresses that are kept in mind. Above, the one that missed longest ago is forgotten. */
const MAX_ADDRESSES = 10_000;

/**
 * Ids of sessions are 96 random bits: nobody finds one by trying. This keeps those who try from costing anything, and
 * from filling the log. Whoever has missed too often is not listened to for a while, right or wrong.
 */
export class GuessLimiter {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  mayTry(addressKey: string, nowMs: number): boolean {
    return this.#buckets.get(addressKey)?.has(1, nowMs) ?? true;
  }

  missed(addressKey: string, nowMs: number): void {
    const bucket = this.#buckets.get(addressKey) ?? new TokenBucket(this.#perSecond, this.#burst, nowMs);
    bucket.take(1, nowMs);
    this.#buckets.delete(addressKey);
    this.#buckets.set(addressKey, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_ADDRESSES && oldest !== undefined) {
      this.#buckets.delete(oldest);
    }
  }

  /** Addresses that are kept in mind. */
  get size(): number {
    return this.#buckets.size;
  }
}
