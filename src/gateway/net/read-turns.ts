import type { Socket } from "node:net";
import type { Clock } from "../../shared/index.ts";
import type { Budget, Charges } from "../budget/index.ts";

/** Why a connection is not read from for now. */
type Hold = "peer" | "budget" | "turn";

/** Work on one connection in one turn of the event loop; what is left of its bytes comes in the next turn. */
const TURN_MS = 4;

/** The work on one slice of bytes should take about so long; the size of slices is fitted to it. */
const SLICE_MS = 1;
const LEAST_SLICE_BYTES = 2 * 1024;
const MOST_SLICE_BYTES = 64 * 1024;

/** Work that is not worth keeping count of; a connection is read from at most 32 times in a turn. */
const TRIFLE_MS = TURN_MS / 32;

export interface ReadTurnsParts {
  readonly socket: Pick<Socket, "pause" | "resume">;
  readonly clock: Clock;
  /** Undefined for a host of ours, which is never held back. */
  readonly budget: Budget | undefined;
  readonly charges: Charges | undefined;
  /** Whether somebody reads the bytes. If nobody does, they do not wait for a budget. */
  readonly isRead: () => boolean;
  /** Works on these bytes; does not throw. */
  readonly onData: (bytes: Buffer) => void;
  /** The connection has cost more than its share for long. */
  readonly onExhausted: () => void;
}

/** Paces the work on the bytes of one connection: its budgets have to allow it, and one turn of the event loop has little of it. */
export class ReadTurns {
  readonly #parts: ReadTurnsParts;
  readonly #holds = new Set<Hold>();
  /** Arrived in the turn in which the connection was held back. */
  #kept: Buffer | undefined;
  #turnMs = 0;
  #sliceBytes = MOST_SLICE_BYTES / 4;
  #waiting: { cancel(): void } | undefined;

  constructor(parts: ReadTurnsParts) {
    this.#parts = parts;
  }

  receive(chunk: Buffer): void {
    const { clock, charges, onData } = this.#parts;
    if (charges === undefined && chunk.length <= LEAST_SLICE_BYTES) {
      // A frame of a host of ours; to read the clock twice would be a tenth of what it costs.
      onData(chunk);
      return;
    }
    const beginMs = clock.now();
    if (charges !== undefined && this.#parts.isRead() && charges.waitMs(beginMs) > 0) {
      this.#kept = this.#kept === undefined ? chunk : Buffer.concat([this.#kept, chunk]);
      this.#await(charges);
      return;
    }
    const slice = chunk.length > this.#sliceBytes ? chunk.subarray(0, this.#sliceBytes) : chunk;
    onData(slice);
    const endMs = clock.now();
    const workMs = endMs - beginMs;
    charges?.take("bytes", slice.length, endMs);
    charges?.worked(workMs, endMs);
    this.#fitSlice(slice.length, workMs);
    this.#yield(workMs);
    this.#receiveRest(chunk, slice.length);
  }

  hold(why: Hold): void {
    this.#holds.add(why);
    this.#parts.socket.pause();
  }

  release(why: Hold): void {
    if (this.#holds.delete(why) && this.#holds.size === 0) {
      this.#parts.socket.resume();
    }
  }

  /** Nobody reads the bytes any more. Nothing holds the connection back. */
  stop(): void {
    this.#kept = undefined;
    this.#holds.clear();
    this.#waiting?.cancel();
  }

  #receiveRest(chunk: Buffer, from: number): void {
    if (from === chunk.length) {
      return;
    }
    const rest = chunk.subarray(from);
    if (this.#holds.has("turn")) {
      this.#kept = this.#kept === undefined ? rest : Buffer.concat([rest, this.#kept]);
    } else {
      this.receive(rest);
    }
  }

  /** What costs much is worked on in small pieces, so that no single one holds the event loop for long. */
  #fitSlice(bytes: number, workMs: number): void {
    if (workMs > SLICE_MS) {
      this.#sliceBytes = Math.max(LEAST_SLICE_BYTES, this.#sliceBytes / 2);
    } else if (bytes === this.#sliceBytes && bytes < MOST_SLICE_BYTES && workMs < SLICE_MS / 4) {
      this.#sliceBytes *= 2;
    }
  }

  /** Holds the peer back until its budgets allow more. */
  #await(charges: Charges): void {
    this.hold("budget");
    this.#waiting ??= this.#parts.budget?.whenReady(charges, (isOffender) => {
      this.#waiting = undefined;
      if (isOffender) {
        this.#parts.onExhausted();
        return;
      }
      this.#receiveKept();
      this.#goOn();
    });
  }

  /** Unless what was kept has used the budgets up again. */
  #goOn(): void {
    if (this.#waiting === undefined) {
      this.release("budget");
    }
  }

  #receiveKept(): void {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept !== undefined) {
      this.receive(kept);
    }
  }

  /** Leaves the event loop to others when this turn's work on the connection has taken long. */
  #yield(workMs: number): void {
    if (workMs < TRIFLE_MS) {
      return;
    }
    if (this.#turnMs === 0) {
      setImmediate(() => {
        this.#beginTurn();
      });
    }
    this.#turnMs += workMs;
    if (this.#turnMs >= TURN_MS) {
      this.hold("turn");
    }
  }

  #beginTurn(): void {
    this.#turnMs = 0;
    const wasHeld = this.#holds.delete("turn");
    if (this.#waiting === undefined) {
      this.#receiveKept();
    }
    if (wasHeld && this.#holds.size === 0) {
      this.#parts.socket.resume();
    }
  }
}
