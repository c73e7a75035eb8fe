/** Allows `burst` at once and `perSecond` in the long run. Starts full. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAtMs: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAtMs = nowMs;
  }

  /** False when there are too few tokens; then none is taken. */
  take(count: number, nowMs: number): boolean {
    if (!this.has(count, nowMs)) {
      return false;
    }
    this.#tokens -= count;
    return true;
  }

  /** Whether `take` would return true. */
  has(count: number, nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= count;
  }

  /** How many tokens are missing until it is full. */
  used(nowMs: number): number {
    this.#refill(nowMs);
    return this.#burst - this.#tokens;
  }

  #refill(nowMs: number): void {
    const refill = ((nowMs - this.#filledAtMs) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + refill);
    this.#filledAtMs = nowMs;
  }
}
