import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Result } from "../shared/index.ts";
import { createInlineReader, readJob, type ContentReader, type ReadJob } from "./content-reader.ts";
import type { ReadFile } from "./read-content.ts";

export interface ReaderPoolOptions {
  /** As many as processors when not given. */
  readonly threads?: number | undefined;
  /** The compiled `read-worker.ts`. */
  readonly workerFile?: URL | undefined;
}

/** A message costs as much as a small file: they travel in batches, limited so that no thread idles while another has plenty. */
const BATCH_FILES = 64;
const BATCH_BYTES = 16 * 1024 * 1024;

/** Less than this is read sooner than a thread has started. */
const WORTH_A_THREAD_FILES = 16;
const WORTH_A_THREAD_BYTES = 32 * 1024 * 1024;

interface Waiting {
  readonly job: ReadJob;
  readonly resolve: (result: Result<ReadFile, string>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads on all processors. Threads are started when there is work for them. Run from its sources, where there is no
 * compiled worker to load, it reads in this thread.
 */
export function createReaderPool(options: ReaderPoolOptions = {}): ContentReader {
  const workerFile = options.workerFile ?? new URL("./read-worker.js", import.meta.url);
  if (!existsSync(fileURLToPath(workerFile))) {
    return createInlineReader();
  }
  return new ReaderPool(workerFile, options.threads ?? availableParallelism());
}

class ReaderPool implements ContentReader {
  readonly #workerFile: URL;
  readonly #threads: number;
  readonly #workers = new Set<Worker>();
  readonly #idle: Worker[] = [];
  #queue: Waiting[] = [];
  #next = 0;
  #scheduled = false;
  #closed = false;

  constructor(workerFile: URL, threads: number) {
    this.#workerFile = workerFile;
    this.#threads = threads;
  }

  read(job: ReadJob): Promise<Result<ReadFile, string>> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, resolve, reject });
      if (!this.#scheduled) {
        this.#scheduled = true;
        // What is offered in one go leaves in one batch.
        setImmediate(() => {
          this.#scheduled = false;
          this.#dispatch();
        });
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  #dispatch(): void {
    if (this.#workers.size === 0 && this.#isLittle()) {
      void this.#readHere(this.#queue.splice(0));
      return;
    }
    while (!this.#closed && this.#next < this.#queue.length) {
      const worker = this.#idle.pop() ?? (this.#workers.size < this.#threads ? this.#start() : undefined);
      if (worker === undefined) {
        return;
      }
      this.#send(worker, this.#takeBatch());
    }
  }

  #isLittle(): boolean {
    const bytes = this.#queue.reduce((sum, { job }) => sum + (job.sizeBytes ?? 0), 0);
    return this.#queue.length < WORTH_A_THREAD_FILES && bytes < WORTH_A_THREAD_BYTES;
  }

  async #readHere(batch: readonly Waiting[]): Promise<void> {
    for (const { job, resolve, reject } of batch) {
      await readJob(job).then(resolve, reject);
    }
  }

  #takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const left = this.#queue.length - this.#next;
    const limit = Math.min(BATCH_FILES, Math.ceil(left / this.#threads));
    let bytes = 0;
    while (batch.length < limit && bytes < BATCH_BYTES) {
      const waiting = this.#queue[this.#next];
      if (waiting === undefined) {
        break;
      }
      this.#next++;
      bytes += waiting.job.sizeBytes ?? 0;
      batch.push(waiting);
    }
    if (this.#next === this.#queue.length) {
      this.#queue = [];
      this.#next = 0;
    }
    return batch;
  }

  #send(worker: Worker, batch: readonly Waiting[]): void {
    const onFailure = (error: Error): void => {
      for (const { reject } of batch) {
        reject(error);
      }
    };
    worker.once("error", onFailure);
    worker.once("message", (results: readonly Result<ReadFile, string>[]) => {
      worker.off("error", onFailure);
      this.#idle.push(worker);
      this.#dispatch();
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result === undefined) {
          reject(new Error("a reader thread answered too little"));
        } else {
          resolve(result);
        }
      }
    });
    worker.postMessage(batch.map(({ job }) => job));
  }

  #start(): Worker {
    // Flags of this process are not meant for its threads, and some keep a thread from starting.
    const worker = new Worker(this.#workerFile, { execArgv: [] });
    worker.on("exit", () => this.#workers.delete(worker));
    this.#workers.add(worker);
    return worker;
  }
}
