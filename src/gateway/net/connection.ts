import type { Socket } from "node:net";
import { addressGroup, plainAddress, type Clock, type Logger, type Timer } from "../../shared/index.ts";
import type { Budget, Charges } from "../budget/index.ts";

/** Reads a connection. Another one replaces it when the connection is handed on. */
export interface ConnectionReader {
  data(chunk: Buffer): void;
  /** The peer has closed, or the connection broke; once, after the last `data`. Not called when we end it ourselves. */
  closed(): void;
  /** The operating system has taken all that was written, after it had not for a time. */
  drained?(): void;
  /** One of these callbacks threw, which is a bug. The connection is destroyed after this call. */
  faulted?(): void;
  /** It has cost more than its share for long. The connection is destroyed after this call. */
  exhausted?(): void;
}

/** Why a connection is not read from for now. */
type Hold = "peer" | "budget" | "turn";

/** Work on one connection in one turn of the event loop; what is left of its bytes comes in the next turn. */
const TURN_MS = 4;

/** Bytes that are worked on at once: so many that it takes about as long as the first says. */
const SLICE_MS = 1;
const LEAST_SLICE_BYTES = 2 * 1024;
const MOST_SLICE_BYTES = 64 * 1024;

/** Work that is not worth keeping count of; a connection is read from at most 32 times in a turn. */
const TRIFLE_MS = TURN_MS / 32;

/** One TCP connection. It never throws, always has an error handler, and can end so that its last bytes arrive. */
export class Connection {
  readonly address: string;
  readonly port: number;
  /** Resolves when the connection no longer exists. */
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** Undefined for a host of ours, which is never held back. */
  readonly charges: Charges | undefined;
  readonly #budget: Budget | undefined;
  readonly #holds = new Set<Hold>();
  #reader: ConnectionReader | undefined;
  #linger: Timer | undefined;
  /** Arrived in the turn in which it was held back. */
  #kept: Buffer | undefined;
  #turnMs = 0;
  #sliceBytes = MOST_SLICE_BYTES / 4;
  #waiting: { cancel(): void } | undefined;

  /** @param budget - Undefined for a connection of a host of ours. */
  constructor(socket: Socket, clock: Clock, logger: Logger, budget?: Budget) {
    this.#socket = socket;
    this.#clock = clock;
    this.#logger = logger;
    this.#budget = budget;
    this.address = plainAddress(socket.remoteAddress ?? "");
    this.port = socket.remotePort ?? 0;
    const account = budget?.connection(addressGroup(this.address));
    this.charges = account?.charges;
    this.gone = new Promise((resolve) => {
      socket.once("close", () => {
        this.#linger?.cancel();
        this.#waiting?.cancel();
        account?.left();
        this.#peerClosed();
        resolve();
      });
    });
    socket.setNoDelay(true);
    // A broken connection is an ordinary end; `close` follows.
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      this.#receive(chunk);
    });
    socket.on("end", () => {
      this.#peerClosed();
    });
    socket.on("drain", () => {
      const reader = this.#reader;
      try {
        reader?.drained?.();
      } catch (error) {
        this.#fault(reader, error);
      }
    });
  }

  /** Bytes that the operating system has not taken yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  read(reader: ConnectionReader): void {
    this.#reader = reader;
  }

  /** Writes at once; bytes for a connection that is ending are dropped. */
  write(bytes: Uint8Array): void {
    if (bytes.length > 0 && this.#socket.writable) {
      this.#socket.write(bytes);
    }
  }

  pause(): void {
    this.#hold("peer");
  }

  resume(): void {
    this.#release("peer");
  }

  /**
   * Delivers what was written, then closes. What still arrives is read and dropped: a close with unread bytes would
   * make the operating system reset the connection, and the last bytes would be lost.
   */
  finish(lingerMs: number): void {
    this.#reader = undefined;
    this.#kept = undefined;
    this.#holds.clear();
    this.#waiting?.cancel();
    this.#socket.resume();
    this.#socket.end();
    this.#linger ??= this.#clock.after(lingerMs, () => {
      this.#socket.destroy();
    });
  }

  destroy(): void {
    this.#reader = undefined;
    this.#kept = undefined;
    this.#socket.destroy();
  }

  /** To be called with what the code that reads it has thrown: logs a bug and destroys the connection. */
  fault(error: unknown): void {
    this.#fault(this.#reader, error);
  }

  #receive(chunk: Buffer): void {
    const { charges } = this;
    if (charges === undefined && chunk.length <= LEAST_SLICE_BYTES) {
      // A frame of a host of ours; to read the clock twice would be a tenth of what it costs.
      this.#hand(chunk);
      return;
    }
    const beginMs = this.#clock.now();
    if (this.#reader !== undefined && charges !== undefined && charges.waitMs(beginMs) > 0) {
      this.#kept = this.#kept === undefined ? chunk : Buffer.concat([this.#kept, chunk]);
      this.#await(charges);
      return;
    }
    const slice = chunk.length > this.#sliceBytes ? chunk.subarray(0, this.#sliceBytes) : chunk;
    this.#hand(slice);
    const endMs = this.#clock.now();
    const workMs = endMs - beginMs;
    charges?.take("bytes", slice.length, endMs);
    charges?.worked(workMs, endMs);
    this.#fitSlice(slice.length, workMs);
    this.#yield(workMs);
    this.#receiveRest(chunk, slice.length);
  }

  #hand(bytes: Buffer): void {
    const reader = this.#reader;
    try {
      reader?.data(bytes);
    } catch (error) {
      this.#fault(reader, error);
    }
  }

  #receiveRest(chunk: Buffer, from: number): void {
    if (from === chunk.length) {
      return;
    }
    const rest = chunk.subarray(from);
    if (this.#holds.has("turn")) {
      this.#kept = this.#kept === undefined ? rest : Buffer.concat([rest, this.#kept]);
    } else {
      this.#receive(rest);
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
    this.#hold("budget");
    this.#waiting ??= this.#budget?.whenReady(charges, (isOffender) => {
      this.#waiting = undefined;
      if (isOffender) {
        this.#reader?.exhausted?.();
        this.destroy();
        return;
      }
      this.#receiveKept();
      this.#goOn();
    });
  }

  /** Unless what was kept has used the budgets up again. */
  #goOn(): void {
    if (this.#waiting === undefined) {
      this.#release("budget");
    }
  }

  #receiveKept(): void {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept !== undefined) {
      this.#receive(kept);
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
      this.#hold("turn");
    }
  }

  #beginTurn(): void {
    this.#turnMs = 0;
    const wasHeld = this.#holds.delete("turn");
    if (this.#waiting === undefined) {
      this.#receiveKept();
    }
    if (wasHeld && this.#holds.size === 0) {
      this.#socket.resume();
    }
  }

  #hold(why: Hold): void {
    this.#holds.add(why);
    this.#socket.pause();
  }

  #release(why: Hold): void {
    if (this.#holds.delete(why) && this.#holds.size === 0) {
      this.#socket.resume();
    }
  }

  #peerClosed(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    try {
      reader?.closed();
    } catch (error) {
      this.#fault(reader, error);
    }
    // A peer that has closed first reads nothing any more.
    if (this.#linger === undefined) {
      this.#socket.destroy();
    }
  }

  #fault(reader: ConnectionReader | undefined, error: unknown): void {
    this.#logger.error({ err: error }, "a connection's handler failed: a bug in netplayd, please report it");
    this.#reader = undefined;
    reader?.faulted?.();
    this.#socket.destroy();
  }
}
