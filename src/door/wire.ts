import type { Socket } from "node:net";
import { plainAddress, type Clock, type Logger, type Timer } from "../shared/index.ts";

/** Who reads a connection; replaced when the connection is handed on. */
export interface WireReader {
  data(chunk: Buffer): void;
  /** The peer has closed or the connection broke; once, after the last `data`. Not called for what we end ourselves. */
  closed(): void;
  /** All that was written has been taken by the operating system, after a time when it had not. */
  drained?(): void;
  /** One of these callbacks threw: a bug. The connection is destroyed behind this call. */
  faulted?(): void;
}

/**
 * One TCP connection: never throws, always has its error handler, and knows how to end so that its last bytes
 * arrive.
 */
export class Wire {
  readonly address: string;
  readonly port: number;
  /** Resolves when the connection no longer exists. */
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #reader: WireReader | undefined;
  #linger: Timer | undefined;

  constructor(socket: Socket, clock: Clock, logger: Logger) {
    this.#socket = socket;
    this.#clock = clock;
    this.#logger = logger;
    this.address = plainAddress(socket.remoteAddress ?? "");
    this.port = socket.remotePort ?? 0;
    this.gone = new Promise((resolve) => {
      socket.once("close", () => {
        this.#linger?.cancel();
        this.#peerClosed();
        resolve();
      });
    });
    socket.setNoDelay(true);
    // A broken connection is an ordinary end; `close` follows.
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      const reader = this.#reader;
      try {
        reader?.data(chunk);
      } catch (error) {
        this.#fault(reader, error);
      }
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

  read(reader: WireReader): void {
    this.#reader = reader;
  }

  /** Writes at once; bytes for a connection that is ending are dropped. */
  write(bytes: Uint8Array): void {
    if (bytes.length > 0 && this.#socket.writable) {
      this.#socket.write(bytes);
    }
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /**
   * Delivers what was written, then closes. What still arrives is read and dropped: closing with unread bytes would
   * make the operating system reset the connection and throw the last words away.
   */
  finish(lingerMs: number): void {
    this.#reader = undefined;
    this.#socket.resume();
    this.#socket.end();
    this.#linger ??= this.#clock.after(lingerMs, () => {
      this.#socket.destroy();
    });
  }

  destroy(): void {
    this.#reader = undefined;
    this.#socket.destroy();
  }

  #peerClosed(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    try {
      reader?.closed();
    } catch (error) {
      this.#fault(reader, error);
    }
    // Nothing that we could still send is of use to a peer that has hung up, unless we hung up first.
    if (this.#linger === undefined) {
      this.#socket.destroy();
    }
  }

  #fault(reader: WireReader | undefined, error: unknown): void {
    this.#logger.error({ err: error }, "a connection's handler failed: a bug in netplayd, please report it");
    this.#reader = undefined;
    reader?.faulted?.();
    this.#socket.destroy();
  }
}
