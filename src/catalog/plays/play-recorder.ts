import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import {
  describeError,
  fail,
  ok,
  type Clock,
  type Logger,
  type Result,
  type Timer,
} from "../../shared/index.ts";
import { addPlays, type Plays } from "./plays.ts";

/** What the thread gets. */
export interface PlayJob {
  readonly file: string;
  readonly plays: readonly Plays[];
}

export interface PlayRecorderParts {
  /** The catalog. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The compiled `play-worker.ts`. */
  readonly workerFile?: URL | undefined;
}

/** Counts plays. An import may lock the catalog for long; no player waits for it. */
export interface PlayRecorder {
  /** Remembers a play and stores it soon. */
  record(entryId: number, date: Date): void;
  /** Stores what it can within a second, and forgets the rest. */
  close(): Promise<void>;
}

/** Games that are started together are stored together. */
const WRITE_AFTER_MS = 1000;
const RETRY_AFTER_MS = 5000;
/** Entries whose plays wait; a play of one more is not counted. */
const MAX_WAITING = 10_000;

export function createPlayRecorder(parts: PlayRecorderParts): PlayRecorder {
  return new Recorder(parts);
}

class Recorder implements PlayRecorder {
  readonly #parts: PlayRecorderParts;
  readonly #workerFile: URL;
  #waiting = new Map<number, Plays>();
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(parts: PlayRecorderParts) {
    this.#parts = parts;
    this.#workerFile = parts.workerFile ?? new URL("./play-worker.js", import.meta.url);
  }

  record(entryId: number, date: Date): void {
    this.#add({ entryId, count: 1, lastMs: date.getTime() });
    this.#schedule(WRITE_AFTER_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#writing;
    await this.#write();
  }

  #add({ entryId, count, lastMs }: Plays): void {
    const known = this.#waiting.get(entryId);
    if (known !== undefined || this.#waiting.size < MAX_WAITING) {
      const sum = count + (known?.count ?? 0);
      this.#waiting.set(entryId, { entryId, count: sum, lastMs: Math.max(lastMs, known?.lastMs ?? 0) });
    }
  }

  #schedule(delayMs: number): void {
    if (this.#closed || this.#timer !== undefined || this.#writing !== undefined) {
      return;
    }
    this.#timer = this.#parts.clock.after(delayMs, () => {
      this.#timer = undefined;
      this.#writing = this.#write().then((written) => {
        this.#writing = undefined;
        if (this.#waiting.size > 0) {
          this.#schedule(written ? WRITE_AFTER_MS : RETRY_AFTER_MS);
        }
      });
    });
  }

  /** False when it has to be tried again. */
  async #write(): Promise<boolean> {
    const plays = [...this.#waiting.values()];
    if (plays.length === 0) {
      return true;
    }
    this.#waiting = new Map();
    const { file, logger } = this.#parts;
    const written = await writeInThread(this.#workerFile, { file, plays });
    if (!written.ok) {
      plays.forEach((waiting) => {
        this.#add(waiting);
      });
      logger.warn({ entries: plays.length, error: written.reason }, "plays could not be recorded yet");
    }
    return written.ok;
  }
}

/** Run from its sources, where there is no compiled worker to load, it writes in this thread. */
function writeInThread(workerFile: URL, job: PlayJob): Promise<Result<undefined, string>> {
  return new Promise((resolve) => {
    try {
      if (!existsSync(fileURLToPath(workerFile))) {
        addPlays(job.file, job.plays);
        resolve(ok(undefined));
        return;
      }
      // Flags of this process are not meant for its threads, and some keep a thread from starting.
      const worker = new Worker(workerFile, { execArgv: [], workerData: job });
      worker.once("error", (error) => {
        resolve(fail(describeError(error)));
      });
      worker.once("exit", () => {
        resolve(ok(undefined));
      });
    } catch (error) {
      resolve(fail(describeError(error)));
    }
  });
}
