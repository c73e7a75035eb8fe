import type { Clock, Timer } from "../shared/index.ts";
import type { DoorLimits } from "./limits.ts";
import type { Wire } from "./wire.ts";

/** What is given to the connection at a time. Node cannot see how much of a larger write has gone. */
const PORTION_BYTES = 64 * 1024;

const CHECK_MS = 1_000;

type OutboxWire = Pick<Wire, "unsentBytes" | "write" | "finish" | "destroy">;

/**
 * What waits for a client. The host is never held back, so bytes wait here; a client that takes none, or lets too many
 * pile up, is reported. Bytes that the connection takes at once pass straight through.
 */
export class Outbox {
  readonly #wire: OutboxWire;
  readonly #clock: Clock;
  readonly #limits: DoorLimits;
  readonly #onNotReading: () => void;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #takenBytes = 0;
  #progress = { takenBytes: 0, atMs: 0 };
  #check: Timer | undefined;
  #finishing: { readonly lingerMs: number; readonly deadline: Timer } | undefined;
  #closed = false;

  constructor(wire: OutboxWire, clock: Clock, limits: DoorLimits, onNotReading: () => void) {
    this.#wire = wire;
    this.#clock = clock;
    this.#limits = limits;
    this.#onNotReading = onNotReading;
  }

  write(bytes: Buffer): void {
    if (this.#closed || this.#finishing !== undefined || bytes.length === 0) {
      return;
    }
    if (this.#queue.length === 0 && this.#wire.unsentBytes < PORTION_BYTES) {
      this.#give(bytes);
    } else {
      this.#queue.push(bytes);
      this.#queuedBytes += bytes.length;
    }
    this.#watch();
  }

  /** To be called when the connection has taken all that it was given. */
  drained(): void {
    let given = 0;
    while (given < this.#queue.length && this.#wire.unsentBytes < PORTION_BYTES) {
      const bytes = this.#queue[given++];
      if (bytes !== undefined) {
        this.#queuedBytes -= bytes.length;
        this.#give(bytes);
      }
    }
    this.#queue.splice(0, given);
    this.#finishWhenEmpty();
  }

  /** Takes no more, delivers what waits if the client reads it in time, and closes the connection. */
  finish(lingerMs: number): void {
    if (this.#closed || this.#finishing !== undefined) {
      return;
    }
    const deadline = this.#clock.after(lingerMs, () => {
      this.close();
      this.#wire.destroy();
    });
    this.#check?.cancel();
    this.#finishing = { lingerMs, deadline };
    this.#finishWhenEmpty();
  }

  /** Forgets what waits. The connection is the caller's to end. */
  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#check?.cancel();
    this.#finishing?.deadline.cancel();
  }

  #give(bytes: Buffer): void {
    this.#takenBytes += bytes.length;
    this.#wire.write(bytes);
  }

  #finishWhenEmpty(): void {
    if (this.#finishing !== undefined && this.#queue.length === 0 && !this.#closed) {
      const { lingerMs } = this.#finishing;
      this.close();
      this.#wire.finish(lingerMs);
    }
  }

  #watch(): void {
    const unsentBytes = this.#queuedBytes + this.#wire.unsentBytes;
    if (unsentBytes > this.#limits.unsentToClientBytes) {
      this.#onNotReading();
    } else if (unsentBytes > 0 && this.#check === undefined && !this.#closed) {
      this.#progress = { takenBytes: this.#taken(), atMs: this.#clock.now() };
      this.#schedule();
    }
  }

  #schedule(): void {
    this.#check = this.#clock.after(CHECK_MS, () => {
      this.#check = undefined;
      if (this.#queuedBytes + this.#wire.unsentBytes === 0) {
        return;
      }
      const nowMs = this.#clock.now();
      const takenBytes = this.#taken();
      if (takenBytes > this.#progress.takenBytes) {
        this.#progress = { takenBytes, atMs: nowMs };
      } else if (nowMs - this.#progress.atMs >= this.#limits.notReadingMs) {
        this.#onNotReading();
        return;
      }
      this.#schedule();
    });
  }

  /** All bytes that the operating system has taken so far. */
  #taken(): number {
    return this.#takenBytes - this.#wire.unsentBytes;
  }
}
