import type { Clock, Timer } from "../../shared/index.ts";

/**
 * Calls back once, after a silence of `silentMs`.
 *
 * @param heardAtMs - When something was last heard, in milliseconds of the clock.
 */
export function watchSilence(
  clock: Clock,
  silentMs: number,
  heardAtMs: () => number,
  onSilent: () => void,
): Timer {
  let timer: Timer;
  const wait = (delayMs: number): void => {
    timer = clock.after(delayMs, () => {
      const leftMs = heardAtMs() + silentMs - clock.now();
      if (leftMs > 0) {
        wait(leftMs);
      } else {
        onSilent();
      }
    });
  };
  wait(silentMs);
  return {
    cancel: () => {
      timer.cancel();
    },
  };
}
