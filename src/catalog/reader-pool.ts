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

/** Less than this is read sooner than a thread has started. */
const WORTH_A_THREAD_FILES = 16;
const WORTH_A_THREAD_BYTES = 32 * 1024 * 1024;

type Results = readonly Result<ReadFile, string>[];

interface Batch {
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
  #closed = false;

  constructor(workerFile: URL, threads: number) {
    this.#workerFile = workerFile;
    this.#threads = threads;
  }

  read(jobs: readonly ReadJob[]): Promise<Results> {
    if (this.#workers.size === 0 && isLittle(jobs)) {
      return readHere(jobs);
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ jobs, resolve, reject });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  #dispatch(): void {
    while (!this.#closed && this.#queue.length > 0) {
      const worker = this.#idle.pop() ?? (this.#workers.size < this.#threads ? this.#start() : undefined);
      const batch = worker === undefined ? undefined : this.#queue.shift();
      if (worker === undefined || batch === undefined) {
        return;
      }
      this.#send(worker, batch);
    }
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

function isLittle(jobs: readonly ReadJob[]): boolean {
  const bytes = jobs.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  return jobs.length < WORTH_A_THREAD_FILES && bytes < WORTH_A_THREAD_BYTES;
}

async function readHere(jobs: readonly ReadJob[]): Promise<Results> {
  const results = [];
  for (const job of jobs) {
    results.push(await readJob(job));
  }
  return results;
}
