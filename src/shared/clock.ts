/** The only source of time; tests pass a clock of their own. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes backwards. For durations and deadlines. */
  now(): number;
  /** The time of day, for people. */
  date(): Date;
  /** Calls `callback` once after `delayMs` (0 or more) unless cancelled. A pending timer does not keep the process alive. */
  after(delayMs: number, callback: () => void): Timer;
}

export interface Timer {
  /** Does nothing once the callback has run. */
  cancel(): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  after(delayMs, callback) {
    const timeout = setTimeout(callback, delayMs);
    timeout.unref();
    return {
      cancel: () => {
        clearTimeout(timeout);
      },
    };
  },
};

/** An hour: longer than any pause, and never due. */
const KEEP_ALIVE_MS = 3_600_000;

/** Resolves after `delayMs` of this clock. It keeps the process alive until then, which a timer of the clock does not. */
export function pause(clock: Pick<Clock, "after">, delayMs: number): Promise<void> {
  const alive = setInterval(() => undefined, KEEP_ALIVE_MS);
  return new Promise((resolve) => {
    clock.after(delayMs, () => {
      clearInterval(alive);
      resolve();
    });
  });
}
