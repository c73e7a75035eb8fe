import { constants, openSync, write, writeSync } from "node:fs";
import { hasErrorCode, type Clock } from "../shared/index.ts";

/** What waits for whoever takes the log; a line that finds no room is dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** A pipe or a terminal is full. */
const FULL_RETRY_MS = 50;
/** The disk is full, nobody reads the pipe any more. */
const FAILED_RETRY_MS = 1000;
/** So long the end of the process waits for whoever takes its last lines. */
const LAST_LINES_MS = 500;
const LAST_LINES_RETRY_MS = 10;

/**
 * Writes lines to a file descriptor without ever holding up who logs: in the background, from a buffer of 1 MiB, again and again
 * where that fails. pino's own destination loops for ever at the end of a process whose log cannot be written.
 */
export class LogOutput {
  readonly #fd: number;
  readonly #clock: Clock;
  readonly #tellDropped: (lines: number) => void;
  #waiting: Buffer[] = [];
  #chunk: Buffer = Buffer.alloc(0);
  #bytes = 0;
  #dropped = 0;
  /** A write is on its way, or will be tried at a set time. */
  #busy = false;
  #writing = false;

  /**
   * @param fd - Does not block, or is a file.
   * @param tellDropped - Called when lines are taken again after some were dropped.
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
      // All lines of a turn go together, and those of a turn that ends in a crash are written by `writeLast`.
      setImmediate(() => {
        this.#advance();
      });
    }
  }

  /** For the end of the process: waits a moment for whoever takes the lines, and gives up. */
  writeLast(): void {
    const deadline = this.#clock.now() + LAST_LINES_MS;
    if (this.#writing) {
      // By another thread, which needs no more than to be let run.
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
 * Standard output as a file descriptor that does not block. Node makes a pipe or a socket such a one when `process.stdout` is first
 * asked for. A terminal is opened once more, because what shares it with us must go on to block.
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

/** Holds up the whole process. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
