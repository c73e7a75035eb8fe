/** How much of something was taken lately: what is taken wears off by `perSecond`. It may be taken beyond the burst. */
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

  /** How long until no more than the burst is used; 0: it is not. */
  waitMs(nowMs: number): number {
    if (this.#used <= this.#burst) {
      return 0;
    }
    const beyond = this.#usedAt(nowMs) - this.#burst;
    return beyond > 0 ? beyond / this.#perMs : 0;
  }

  /** Nothing is left of what was taken. */
  isIdle(nowMs: number): boolean {
    return this.#usedAt(nowMs) === 0;
  }

  #usedAt(nowMs: number): number {
    return this.#used === 0 ? 0 : Math.max(0, this.#used - (nowMs - this.#atMs) * this.#perMs);
  }
}
