import type { Connection } from "../../src/gateway/net/index.ts";
import type { ConnectionReader } from "../../src/gateway/net/connection.ts";

/** A connection without a socket, whose peer says what the test tells it to. */
export class ScriptedConnection {
  readonly written: Buffer[] = [];
  destroyed = false;
  readonly faults: unknown[] = [];
  /** What was charged, in milliseconds of work. */
  readonly work: number[] = [];
  readonly charges = { worked: (ms: number): void => void this.work.push(ms) };
  #reader: ConnectionReader | undefined;

  /** The same, for those who take the real one. */
  get connection(): Connection {
    return this as unknown as Connection;
  }

  read(reader: ConnectionReader): void {
    this.#reader = reader;
  }

  write(bytes: Buffer): void {
    this.written.push(bytes);
  }

  destroy(): void {
    this.destroyed = true;
    this.#reader = undefined;
  }

  finish(): void {
    this.#reader = undefined;
  }

  fault(error: unknown): void {
    this.faults.push(error);
    this.#reader?.faulted?.();
  }

  say(chunk: Buffer): void {
    this.#reader?.data(chunk);
  }

  close(): void {
    this.#reader?.closed();
    this.#reader = undefined;
  }

  exhaust(): void {
    this.#reader?.exhausted?.();
  }
}
