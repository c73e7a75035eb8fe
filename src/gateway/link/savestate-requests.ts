import type { Clock, Timer } from "../../shared/index.ts";

/** The shortest time between two requests to a host. */
const APART_MS = 500;

/**
 * Merges the savestate requests of a room, because a host sends each savestate to all its clients. The host gets the first
 * request at once, and one for all that come within APART_MS after that time.
 */
export class SavestateRequests {
  readonly #clock: Clock;
  /** Runs while the host gets no request. */
  #pause: Timer | undefined;
  /** Of clients that have asked meanwhile. */
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param tell - Sends the request on the client's link. Called now, later, or never when another client's is. */
  request(tell: () => void): void {
    if (this.#pause === undefined) {
      this.#tell(tell);
    } else {
      this.#waiting.add(tell);
    }
  }

  /** The client of this `tell` is gone. */
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
