/** A leaky bucket: its level rises by what is taken, also above `burst`, and falls by `perSecond`. */
export class FlowMeter {
  readonly #perMs: number;
  readonly #burst: number;
  #used = 0;
  #atMs = 0;

  constructor({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
  }

  take(amount: number, nowMs: number): void {
    this.#used = this.#usedAt(nowMs) + amount;
    this.#atMs = nowMs;
  }

  /** Milliseconds until the level is no higher than `burst`; 0: it is not higher. */
  waitMs(nowMs: number): number {
    if (this.#used <= this.#burst) {
      return 0;
    }
    const beyond = this.#usedAt(nowMs) - this.#burst;
    return beyond > 0 ? beyond / this.#perMs : 0;
  }

  /** Whether the level is 0. */
  isIdle(nowMs: number): boolean {
    return this.#usedAt(nowMs) === 0;
  }

  #usedAt(nowMs: number): number {
    return this.#used === 0 ? 0 : Math.max(0, this.#used - (nowMs - this.#atMs) * this.#perMs);
  }
}
