import { constants, openSync, write, writeSync } from "node:fs";
import { hasErrorCode, type Clock } from "../shared/index.ts";

/** Size of the buffer; a line that does not fit is dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** After a full pipe or terminal. */
const FULL_RETRY_MS = 50;
/** After any other failure, such as a full disk. */
const FAILED_RETRY_MS = 1000;
/** How long the process waits at its end until the last lines are written. */
const LAST_LINES_MS = 500;
const LAST_LINES_RETRY_MS = 10;

/**
 * Writes lines to a file descriptor in the background, so that the caller never waits: from a buffer of 1 MiB, with retries
 * after failures. pino's own destination loops for ever at the end of a process whose log cannot be written.
 */
export class LogOutput {
  readonly #fd: number;
  readonly #clock: Clock;
  readonly #tellDropped: (lines: number) => void;
  #waiting: Buffer[] = [];
  #chunk: Buffer = Buffer.alloc(0);
  #bytes = 0;
  #dropped = 0;
  /** A write is under way, or scheduled. */
  #busy = false;
  #writing = false;

  /**
   * @param fd - A descriptor that does not block, or of a file.
   * @param tellDropped - Called with the number of dropped lines when there is room again.
   */
  constructor(fd: number, clock: Clock, tellDropped: (lines: number) => void) {
    this.#fd = fd;
    this.#clock = clock;
    this.#tellDropped = tellDropped;
  }

  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#bytes + bytes.length > MAX_WAITING_BYTES) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    if (!this.#busy) {
      this.#busy = true;
      // All lines of one turn of the event loop are written together. After a crash `writeLast` writes them.
      setImmediate(() => {
        this.#advance();
      });
    }
  }

  /** For the end of the process: writes what is left, for `LAST_LINES_MS` at most. */
  writeLast(): void {
    const deadline = this.#clock.now() + LAST_LINES_MS;
    if (this.#writing) {
      // Another thread writes the chunk; this wait lets it finish.
      pause(LAST_LINES_RETRY_MS);
      this.#chunk = Buffer.alloc(0);
    }
    let rest = Buffer.concat([this.#chunk, ...this.#waiting.splice(0)]);
    while (rest.length > 0 && this.#clock.now() < deadline) {
      try {
        rest = rest.subarray(writeSync(this.#fd, rest));
      } catch (error) {
        if (!hasErrorCode(error, "EAGAIN")) {
          return;
        }
        pause(LAST_LINES_RETRY_MS);
      }
    }
  }

  #advance(): void {
    if (this.#chunk.length === 0) {
      this.#chunk = this.#takeChunk();
    }
    if (this.#chunk.length === 0) {
      this.#busy = false;
      return;
    }
    this.#writing = true;
    write(this.#fd, this.#chunk, (error, written) => {
      this.#writing = false;
      if (error === null) {
        this.#wrote(written);
      } else {
        const delayMs = hasErrorCode(error, "EAGAIN") ? FULL_RETRY_MS : FAILED_RETRY_MS;
        this.#clock.after(delayMs, () => {
          this.#advance();
        });
      }
    });
  }

  #wrote(written: number): void {
    this.#chunk = this.#chunk.subarray(written);
    this.#bytes -= written;
    if (this.#dropped > 0 && this.#bytes < MAX_WAITING_BYTES / 2) {
      const lines = this.#dropped;
      this.#dropped = 0;
      this.#tellDropped(lines);
    }
    this.#advance();
  }

  #takeChunk(): Buffer {
    let count = 0;
    for (let bytes = 0; count < this.#waiting.length && bytes < CHUNK_BYTES; count++) {
      bytes += this.#waiting[count]?.length ?? 0;
    }
    return Buffer.concat(this.#waiting.splice(0, count));
  }
}

/**
 * Standard output as a file descriptor that does not block. Node makes a pipe or a socket non-blocking when `process.stdout` is first
 * used. A terminal is opened a second time, because other programs share it and expect it to block.
 */
export function standardOutput(): number {
  if (!process.stdout.isTTY) {
    return process.stdout.fd;
  }
  try {
    return openSync("/proc/self/fd/1", constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // It belongs to another user.
    return process.stdout.fd;
  }
}

/** Blocks the whole process. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
