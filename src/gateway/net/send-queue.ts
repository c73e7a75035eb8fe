import type { Timer } from "../../shared/index.ts";
import { ChunkQueue } from "./chunk-queue.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { Connection } from "./connection.ts";

/** What is given to the connection at once. Node does not tell how much of a write has gone. */
const PORTION_BYTES = 64 * 1024;

const CHECK_MS = 1_000;

/** While more than MUCH_BYTES wait, a client counts as reading only if it takes SOME_BYTES within `notReadingMs`. */
const MUCH_BYTES = 256 * 1024;
const SOME_BYTES = 16 * 1024;

type SendQueueConnection = Pick<Connection, "unsentBytes" | "write" | "finish" | "destroy">;

export interface SendQueueParts extends Pick<GatewayContext, "clock" | "limits"> {
  readonly connection: SendQueueConnection;
  /** The client takes nothing, or too much waits for it. */
  readonly onNotReading: () => void;
  /** What the client has taken so far; what is held for it may have changed. */
  readonly onHeld: (bytes: number, takenBytes: number) => void;
}

/**
 * Bytes that wait for a client, because a host of ours is never held back. A client that takes none, or for which too many
 * wait, is reported. What the connection takes at once does not wait.
 */
export class SendQueue {
  readonly #parts: SendQueueParts;
  readonly #queue = new ChunkQueue();
  #takenBytes = 0;
  #progress = { takenBytes: 0, atMs: 0 };
  #check: Timer | undefined;
  #finishing: { readonly lingerMs: number; readonly deadline: Timer } | undefined;
  #closed = false;

  constructor(parts: SendQueueParts) {
    this.#parts = parts;
  }

  /** The bytes that wait, and the memory for their chunks. */
  get heldBytes(): number {
    return this.#closed ? 0 : this.#queue.heldBytes + this.#parts.connection.unsentBytes;
  }

  write(bytes: Buffer): void {
    if (this.#closed || this.#finishing !== undefined || bytes.length === 0) {
      return;
    }
    if (this.#queue.bytes === 0 && this.#parts.connection.unsentBytes < PORTION_BYTES) {
      this.#give(bytes);
    } else {
      this.#queue.push(bytes);
    }
    this.#watch();
  }

  /** Calls `onHeld`. */
  tell(): void {
    this.#parts.onHeld(this.heldBytes, this.#taken());
  }

  /** To be called on the connection's `drained`. */
  drained(): void {
    while (this.#queue.bytes > 0 && this.#parts.connection.unsentBytes < PORTION_BYTES) {
      this.#give(this.#queue.take(Infinity));
    }
    this.tell();
    this.#finishWhenEmpty();
  }

  /** Takes no more, delivers what waits if the client reads it within `lingerMs`, and closes the connection. */
  finish(lingerMs: number): void {
    if (this.#closed || this.#finishing !== undefined) {
      return;
    }
    const deadline = this.#parts.clock.after(lingerMs, () => {
      this.close();
      this.#parts.connection.destroy();
    });
    this.#check?.cancel();
    this.#finishing = { lingerMs, deadline };
    this.#finishWhenEmpty();
  }

  /** Drops what waits. The caller ends the connection. */
  close(): void {
    this.#closed = true;
    this.#queue.clear();
    this.#check?.cancel();
    this.#finishing?.deadline.cancel();
    this.tell();
  }

  #give(bytes: Buffer): void {
    this.#takenBytes += bytes.length;
    this.#parts.connection.write(bytes);
  }

  #finishWhenEmpty(): void {
    if (this.#finishing !== undefined && this.#queue.bytes === 0 && !this.#closed) {
      const { lingerMs } = this.#finishing;
      this.close();
      this.#parts.connection.finish(lingerMs);
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
    if (unsentBytes > this.#parts.limits.unsentToClientBytes) {
      this.#parts.onNotReading();
    } else if (unsentBytes > 0 && this.#check === undefined) {
      this.#progress = { takenBytes: this.#taken(), atMs: this.#parts.clock.now() };
      this.#schedule();
    }
  }

  #schedule(): void {
    this.#check = this.#parts.clock.after(CHECK_MS, () => {
      this.#check = undefined;
      const unsentBytes = this.#unsent();
      this.tell();
      if (unsentBytes === 0) {
        return;
      }
      const nowMs = this.#parts.clock.now();
      const takenBytes = this.#taken();
      const enoughBytes = unsentBytes > MUCH_BYTES ? SOME_BYTES : 1;
      if (takenBytes >= this.#progress.takenBytes + enoughBytes) {
        this.#progress = { takenBytes, atMs: nowMs };
      } else if (nowMs - this.#progress.atMs >= this.#parts.limits.notReadingMs) {
        this.#parts.onNotReading();
        return;
      }
      this.#schedule();
    });
  }

  #unsent(): number {
    return this.#queue.bytes + this.#parts.connection.unsentBytes;
  }

  /** All bytes that the operating system has taken so far. */
  #taken(): number {
    return this.#takenBytes - this.#parts.connection.unsentBytes;
  }
}
