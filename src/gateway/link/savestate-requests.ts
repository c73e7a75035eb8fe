import type { Clock, Timer } from "../../shared/index.ts";

/** From one request of which a host is told to the next. */
const APART_MS = 500;

/**
 * A host sends each savestate to all its clients, whoever has asked for it. So requests of a room that come close together are
 * one: the host is told of the first at once, and of all that come before it may be told again when it may.
 */
export class SavestateRequests {
  readonly #clock: Clock;
  /** Runs while the host is not to be told. */
  #pause: Timer | undefined;
  /** Clients that have asked meanwhile. */
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param tell - Tells the host, in the name of this client. Called now, later, or not at all when another one's is. */
  request(tell: () => void): void {
    if (this.#pause === undefined) {
      this.#tell(tell);
    } else {
      this.#waiting.add(tell);
    }
  }

  /** The client of this `tell` is gone; the host is told in the name of another one that waits. */
  withdraw(tell: () => void): void {
    this.#waiting.delete(tell);
  }

  #tell(tell: () => void): void {
    this.#pause = this.#clock.after(APART_MS, () => {
      this.#pause = undefined;
      const [next] = this.#waiting;
      this.#waiting.clear();
      if (next !== undefined) {
        this.#tell(next);
      }
    });
    tell();
  }
}
