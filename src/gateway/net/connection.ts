import type { Socket } from "node:net";
import { addressGroup, plainAddress, type Clock, type Logger, type Timer } from "../../shared/index.ts";
import type { Budget, Charges } from "../budget/index.ts";
import { ReadTurns } from "./read-turns.ts";

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
  readonly #turns: ReadTurns;
  #reader: ConnectionReader | undefined;
  #linger: Timer | undefined;

  /** @param budget - Undefined for a connection of a host of ours. */
  constructor(socket: Socket, clock: Clock, logger: Logger, budget?: Budget) {
    this.#socket = socket;
    this.#clock = clock;
    this.#logger = logger;
    this.address = plainAddress(socket.remoteAddress ?? "");
    this.port = socket.remotePort ?? 0;
    const account = budget?.connection(addressGroup(this.address));
    this.charges = account?.charges;
    this.#turns = this.#createTurns(budget);
    this.gone = new Promise((resolve) => {
      socket.once("close", () => {
        this.#linger?.cancel();
        this.#turns.stop();
        account?.left();
        this.#peerClosed();
        resolve();
      });
    });
    socket.setNoDelay(true);
    // A broken connection is an ordinary end; `close` follows.
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      this.#turns.receive(chunk);
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
    this.#turns.hold("peer");
  }

  resume(): void {
    this.#turns.release("peer");
  }

  /**
   * Delivers what was written, then closes. What still arrives is read and dropped: a close with unread bytes would
   * make the operating system reset the connection, and the last bytes would be lost.
   */
  finish(lingerMs: number): void {
    this.#reader = undefined;
    this.#turns.stop();
    this.#socket.resume();
    this.#socket.end();
    this.#linger ??= this.#clock.after(lingerMs, () => {
      this.#socket.destroy();
    });
  }

  destroy(): void {
    this.#reader = undefined;
    this.#turns.stop();
    this.#socket.destroy();
  }

  /** To be called with what the code that reads it has thrown: logs a bug and destroys the connection. */
  fault(error: unknown): void {
    this.#fault(this.#reader, error);
  }

  #createTurns(budget: Budget | undefined): ReadTurns {
    return new ReadTurns({
      socket: this.#socket,
      clock: this.#clock,
      budget,
      charges: this.charges,
      isRead: () => this.#reader !== undefined,
      onData: (bytes) => {
        this.#hand(bytes);
      },
      onExhausted: () => {
        this.#reader?.exhausted?.();
        this.destroy();
      },
    });
  }

  #hand(bytes: Buffer): void {
    const reader = this.#reader;
    try {
      reader?.data(bytes);
    } catch (error) {
      this.#fault(reader, error);
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
