/** Lets through `burst` at once and `perSecond` in the long run. Starts full. */
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

  /** False when there is not enough; nothing is taken then. */
  take(count: number, nowMs: number): boolean {
    if (!this.has(count, nowMs)) {
      return false;
    }
    this.#tokens -= count;
    return true;
  }

  /** Whether `take` would answer true. */
  has(count: number, nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= count;
  }

  /** What is missing until it is full. */
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
