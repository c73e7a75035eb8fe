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

interface MaySpeak {
  /** Undefined: it is not in the game. */
  readonly entry: object | undefined;
  readonly heardAtMs: number;
}

/** A spectator of protocol 5 may be silent for hours; it does not keep a room in which nobody speaks. */
export class SharedSilence {
  readonly #watch: () => Timer;
  readonly #slots: Iterable<MaySpeak>;
  /** Runs while clients are in the game. */
  #timer: Timer | undefined;

  /** @param onSilent - No client in the game has said anything for `silentMs`. */
  constructor(clock: Clock, silentMs: number, slots: Iterable<MaySpeak>, onSilent: () => void) {
    this.#slots = slots;
    this.#watch = () => watchSilence(clock, silentMs, () => this.#heardAtMs ?? 0, onSilent);
  }

  joined(): void {
    this.#timer ??= this.#watch();
  }

  left(): void {
    if (this.#heardAtMs === undefined) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
  }

  /** When a client in the game has last said something; undefined without clients in the game. */
  get #heardAtMs(): number | undefined {
    const heard = [...this.#slots].flatMap((slot) => (slot.entry === undefined ? [] : slot.heardAtMs));
    return heard.length === 0 ? undefined : Math.max(...heard);
  }
}
