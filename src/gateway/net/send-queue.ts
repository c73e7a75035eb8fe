import type { Clock, Timer } from "../../shared/index.ts";
import { enqueue } from "./chunk-queue.ts";
import type { GatewayLimits } from "../limits.ts";
import type { Connection } from "./connection.ts";

/** What is given to the connection at a time. Node cannot see how much of a larger write has gone. */
const PORTION_BYTES = 64 * 1024;

const CHECK_MS = 1_000;

/** What a queued chunk takes beside its bytes. */
const CHUNK_BYTES = 128;

/** A client for which more waits than the first has to take the second in the time that it may take nothing. */
const MUCH_BYTES = 256 * 1024;
const SOME_BYTES = 16 * 1024;

type SendQueueConnection = Pick<Connection, "unsentBytes" | "write" | "finish" | "destroy">;

export interface SendQueueParts {
  readonly connection: SendQueueConnection;
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  /** The client takes nothing, or too much waits for it. */
  readonly onNotReading: () => void;
  /** So much is held for the client now, and so much has it taken so far. */
  readonly onHeld: (bytes: number, takenBytes: number) => void;
}

/**
 * What waits for a client. A host of ours is never held back, so bytes wait here; a client that takes none, or lets too
 * many pile up, is reported. Bytes that the connection takes at once pass straight through.
 */
export class SendQueue {
  readonly #connection: SendQueueConnection;
  readonly #clock: Clock;
  readonly #limits: GatewayLimits;
  readonly #onNotReading: () => void;
  readonly #onHeld: SendQueueParts["onHeld"];
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #takenBytes = 0;
  #progress = { takenBytes: 0, atMs: 0 };
  #check: Timer | undefined;
  #finishing: { readonly lingerMs: number; readonly deadline: Timer } | undefined;
  #closed = false;

  constructor({ connection, clock, limits, onNotReading, onHeld }: SendQueueParts) {
    this.#connection = connection;
    this.#clock = clock;
    this.#limits = limits;
    this.#onNotReading = onNotReading;
    this.#onHeld = onHeld;
  }

  /** What waits for the client, and what it takes to keep that. */
  get heldBytes(): number {
    return this.#closed ? 0 : this.#unsent() + this.#queue.length * CHUNK_BYTES;
  }

  write(bytes: Buffer): void {
    if (this.#closed || this.#finishing !== undefined || bytes.length === 0) {
      return;
    }
    if (this.#queue.length === 0 && this.#connection.unsentBytes < PORTION_BYTES) {
      this.#give(bytes);
    } else {
      enqueue(this.#queue, bytes);
      this.#queuedBytes += bytes.length;
    }
    this.#watch();
  }

  /** Says what is held now. */
  tell(): void {
    this.#onHeld(this.heldBytes, this.#taken());
  }

  /** To be called when the connection has taken all that it was given. */
  drained(): void {
    let given = 0;
    while (given < this.#queue.length && this.#connection.unsentBytes < PORTION_BYTES) {
      const bytes = this.#queue[given++];
      if (bytes !== undefined) {
        this.#queuedBytes -= bytes.length;
        this.#give(bytes);
      }
    }
    this.#queue.splice(0, given);
    this.tell();
    this.#finishWhenEmpty();
  }

  /** Takes no more, delivers what waits if the client reads it in time, and closes the connection. */
  finish(lingerMs: number): void {
    if (this.#closed || this.#finishing !== undefined) {
      return;
    }
    const deadline = this.#clock.after(lingerMs, () => {
      this.close();
      this.#connection.destroy();
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
    this.tell();
  }

  #give(bytes: Buffer): void {
    this.#takenBytes += bytes.length;
    this.#connection.write(bytes);
  }

  #finishWhenEmpty(): void {
    if (this.#finishing !== undefined && this.#queue.length === 0 && !this.#closed) {
      const { lingerMs } = this.#finishing;
      this.close();
      this.#connection.finish(lingerMs);
    }
  }

  #watch(): void {
    const unsentBytes = this.#unsent();
    if (unsentBytes > 0) {
      this.tell();
    }
    if (this.#closed) {
      return;
    }
    if (unsentBytes > this.#limits.unsentToClientBytes) {
      this.#onNotReading();
    } else if (unsentBytes > 0 && this.#check === undefined) {
      this.#progress = { takenBytes: this.#taken(), atMs: this.#clock.now() };
      this.#schedule();
    }
  }

  #schedule(): void {
    this.#check = this.#clock.after(CHECK_MS, () => {
      this.#check = undefined;
      const unsentBytes = this.#unsent();
      this.tell();
      if (unsentBytes === 0) {
        return;
      }
      const nowMs = this.#clock.now();
      const takenBytes = this.#taken();
      const enoughBytes = unsentBytes > MUCH_BYTES ? SOME_BYTES : 1;
      if (takenBytes >= this.#progress.takenBytes + enoughBytes) {
        this.#progress = { takenBytes, atMs: nowMs };
      } else if (nowMs - this.#progress.atMs >= this.#limits.notReadingMs) {
        this.#onNotReading();
        return;
      }
      this.#schedule();
    });
  }

  #unsent(): number {
    return this.#queuedBytes + this.#connection.unsentBytes;
  }

  /** All bytes that the operating system has taken so far. */
  #taken(): number {
    return this.#takenBytes - this.#connection.unsentBytes;
  }
}
