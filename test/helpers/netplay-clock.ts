import { systemClock, type Clock, type Timer } from "../../src/shared/index.ts";

/** A clock that stands still until `pass` is called. */
export class StandingClock implements Clock {
  #nowMs = 1_000_000;
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  date(): Date {
    return new Date(this.#nowMs);
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  /** Lets time pass, and calls the timers that are due, in order. */
  pass(durationMs: number): void {
    const untilMs = this.#nowMs + durationMs;
    for (;;) {
      const next = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) {
        this.#nowMs = untilMs;
        return;
      }
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowMs = next.atMs;
      next.callback();
    }
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }
}

/** The real clock, which counts its pending timers and can be set forward. */
export class CountingClock implements Clock {
  #pending = new Set<Timer>();
  #skippedMs = 0;

  now(): number {
    return systemClock.now() + this.#skippedMs;
  }

  /** Sets the clock forward; pending timers do not notice. */
  skip(durationMs: number): void {
    this.#skippedMs += durationMs;
  }

  date(): Date {
    return systemClock.date();
  }

  after(delayMs: number, callback: () => void): Timer {
    const inner = systemClock.after(delayMs, () => {
      this.#pending.delete(timer);
      callback();
    });
    const timer: Timer = {
      cancel: () => {
        this.#pending.delete(timer);
        inner.cancel();
      },
    };
    this.#pending.add(timer);
    return timer;
  }

  get pendingTimers(): number {
    return this.#pending.size;
  }
}
