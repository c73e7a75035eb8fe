import type { Clock, Timer } from "../../shared/index.ts";

export interface LifeSignsParts {
  readonly clock: Clock;
  /** From one question to the next. */
  readonly everyMs: number;
  /** Silence for so long, in whole questions, is the end. */
  readonly silentMs: number;
  readonly ask: () => void;
  readonly onSilent: () => void;
}

/**
 * Asks a peer for signs of life. What counts is how many questions in a row were left without an answer, and not the time
 * alone: when it was this process that stood still, one question is open afterwards.
 */
export class LifeSigns {
  readonly #parts: LifeSignsParts;
  #unanswered = 0;
  #timer: Timer | undefined;

  constructor(parts: LifeSignsParts) {
    this.#parts = parts;
  }

  /** Asks from now on. What was left unanswered before a rest still counts. */
  begin(): void {
    if (this.#timer === undefined) {
      this.#next();
    }
  }

  /** The peer has said something. */
  heard(): void {
    this.#unanswered = 0;
  }

  /** Asks no more until `begin`: the peer cannot answer, or is gone. */
  rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #next(): void {
    const { clock, everyMs, silentMs, ask, onSilent } = this.#parts;
    this.#timer = clock.after(everyMs, () => {
      this.#timer = undefined;
      if (this.#unanswered * everyMs >= silentMs) {
        onSilent();
        return;
      }
      this.#unanswered++;
      ask();
      this.#next();
    });
  }
}
