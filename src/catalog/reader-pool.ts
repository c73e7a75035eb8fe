import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Result } from "../shared/index.ts";
import { createInlineReader, readJob, type ContentReader, type ReadJob } from "./content-reader.ts";
import type { ReadFile } from "./read-file.ts";

export interface ReaderPoolOptions {
  /** As many as processors when not given. */
  readonly threads?: number | undefined;
  /** The compiled `read-worker.ts`. */
  readonly workerFile?: URL | undefined;
}

/** Less than this is read sooner than the first thread has started; a batch of more files is not the last one. */
const LITTLE_FILES = 16;
const LITTLE_BYTES = 32 * 1024 * 1024;
/** What has to be waiting, for each thread that runs, before one more starts. */
const WORTH_A_THREAD_BYTES = 64 * 1024 * 1024;
/** Opening a file takes as long as reading so much. */
const OPENING_BYTES = 16 * 1024;

type Results = readonly Result<ReadFile, string>[];

interface Batch {
  readonly costBytes: number;
  readonly jobs: readonly ReadJob[];
  readonly resolve: (results: Results) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads on all processors, a batch in a thread. Threads are started when there is work for them. Run from its sources,
 * where there is no compiled worker to load, it reads in this thread.
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
  readonly #queue: Batch[] = [];
  #queuedBytes = 0;
  #closed = false;

  constructor(workerFile: URL, threads: number) {
    this.#workerFile = workerFile;
    this.#threads = threads;
  }

  read(jobs: readonly ReadJob[]): Promise<Results> {
    const costBytes = jobs.reduce((sum, { sizeBytes = 0 }) => sum + OPENING_BYTES + sizeBytes, 0);
    if (this.#workers.size === 0 && jobs.length < LITTLE_FILES && costBytes < LITTLE_BYTES) {
      return readHere(jobs);
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ costBytes, jobs, resolve, reject });
      this.#queuedBytes += costBytes;
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  #dispatch(): void {
    while (!this.#closed && this.#queue.length > 0) {
      const worker = this.#idle.pop() ?? this.#startIfWorth();
      const batch = worker === undefined ? undefined : this.#queue.shift();
      if (worker === undefined || batch === undefined) {
        return;
      }
      this.#queuedBytes -= batch.costBytes;
      this.#send(worker, batch);
    }
  }

  /** The first is worth it at once: it reads while this thread walks on. */
  #startIfWorth(): Worker | undefined {
    const running = this.#workers.size;
    const isWorth = this.#queuedBytes >= running * WORTH_A_THREAD_BYTES;
    return running < this.#threads && isWorth ? this.#start() : undefined;
  }

  #send(worker: Worker, { jobs, resolve, reject }: Batch): void {
    worker.once("error", reject);
    worker.once("message", (results: Results) => {
      worker.off("error", reject);
      this.#idle.push(worker);
      this.#dispatch();
      resolve(results);
    });
    worker.postMessage(jobs);
  }

  #start(): Worker {
    // Flags of this process are not meant for its threads, and some keep a thread from starting.
    const worker = new Worker(this.#workerFile, { execArgv: [] });
    worker.on("exit", () => {
      this.#workers.delete(worker);
      this.#dispatch();
    });
    this.#workers.add(worker);
    return worker;
  }
}

async function readHere(jobs: readonly ReadJob[]): Promise<Results> {
  const results = [];
  for (const job of jobs) {
    results.push(await readJob(job));
  }
  return results;
}
