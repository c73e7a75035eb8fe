import type { Clock, Timer } from "../../shared/index.ts";

export interface HostPingsParts {
  readonly clock: Clock;
  /** Between two questions. */
  readonly everyMs: number;
  /** After a silence of so many whole questions the peer counts as dead. */
  readonly silentMs: number;
  readonly ask: () => void;
  readonly onSilent: () => void;
}

/**
 * Asks a peer for signs of life. It counts unanswered questions in a row, not time: when this process has stood still, only one
 * question is open afterwards.
 */
export class HostPings {
  readonly #parts: HostPingsParts;
  #unanswered = 0;
  #timer: Timer | undefined;

  constructor(parts: HostPingsParts) {
    this.#parts = parts;
  }

  /** Asks from now on. Questions unanswered before a rest still count. */
  begin(): void {
    if (this.#timer === undefined) {
      this.#next();
    }
  }

  heard(): void {
    this.#unanswered = 0;
  }

  /** Asks no more until `begin`. */
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
