import type { Clock } from "../../src/shared/index.ts";

/** A clock that stands still until `advance` is called. */
export interface ManualClock extends Clock {
  /** Lets time pass, and calls the timers that are due, in order. */
  advance(ms: number): void;
}

export function createManualClock(): ManualClock {
  let nowMs = 0;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  return {
    now: () => nowMs,
    date: () => new Date(nowMs),
    after(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return {
        cancel: () => {
          timers = timers.filter((other) => other !== timer);
        },
      };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        const [next] = timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) {
          break;
        }
        timers = timers.filter((timer) => timer !== next);
        nowMs = next.atMs;
        next.callback();
      }
      nowMs = untilMs;
    },
  };
}
