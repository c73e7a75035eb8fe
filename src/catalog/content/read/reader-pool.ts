import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { systemClock } from "../../../shared/index.ts";
import { readAll, type ContentReader, type ReadResults } from "./content-reader.ts";
import type { ReadJob } from "./read-file.ts";

export interface ReaderPoolOptions {
  /** As many as processors when not given. With none, everything is read in this thread. */
  readonly threads?: number | undefined;
  /** The compiled `read-worker.ts`. */
  readonly workerFile?: URL | undefined;
}

/** A thread has its next batch at hand: this thread may be busy with writing when it asks for one. */
const BATCHES_A_THREAD = 2;
/**
 * To list an archive takes less time than to send the result from one thread to another, so this thread does it. Where the disk or
 * the network is slow, it takes longer than this on average; then other threads do it.
 */
const SLOW_LISTING_MS = 1;

interface Batch {
  readonly jobs: readonly ReadJob[];
  readonly resolve: (results: ReadResults) => void;
  readonly reject: (error: unknown) => void;
}

/** A thread, and the batches that it has not answered; it answers in the order in which it got them. */
interface Reader {
  readonly worker: Worker;
  readonly batches: Batch[];
}

/**
 * Reads files in a thread for each processor. Threads are started when there is work for them. Run from its sources, where there is
 * no compiled worker to load, it reads in this thread.
 */
export function createReaderPool(options: ReaderPoolOptions = {}): ContentReader {
  const workerFile = options.workerFile ?? new URL("./read-worker.js", import.meta.url);
  const threads = options.threads ?? availableParallelism();
  return new ReaderPool(workerFile, existsSync(fileURLToPath(workerFile)) ? threads : 0);
}

class ReaderPool implements ContentReader {
  readonly #workerFile: URL;
  readonly #threads: number;
  readonly #readers = new Set<Reader>();
  readonly #waiting: Batch[] = [];
  readonly #listed = { files: 0, ms: 0 };
  #turn = Promise.resolve();
  #closed = false;

  constructor(workerFile: URL, threads: number) {
    this.#workerFile = workerFile;
    this.#threads = threads;
  }

  read(jobs: readonly ReadJob[]): Promise<ReadResults> {
    const isSlow = this.#listed.ms > this.#listed.files * SLOW_LISTING_MS;
    const isListing = jobs.every(({ whole }) => !whole);
    return new Promise((resolve, reject) => {
      const batch = { jobs, resolve, reject };
      if (this.#threads === 0 || (isListing && !isSlow)) {
        this.#turn = this.#turn.then(() => this.#readHere(batch));
      } else {
        this.#waiting.push(batch);
        this.#dispatch();
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#turn, ...[...this.#readers].map(({ worker }) => worker.terminate())]);
  }

  async #readHere({ jobs, resolve, reject }: Batch): Promise<void> {
    // What the threads have found comes first.
    await new Promise(setImmediate);
    if (this.#closed) {
      return;
    }
    const startedMs = systemClock.now();
    await readAll(jobs).then(resolve, reject);
    this.#listed.ms += systemClock.now() - startedMs;
    this.#listed.files += jobs.length;
  }

  #dispatch(): void {
    while (!this.#closed && this.#waiting.length > 0) {
      const reader = this.#findReader();
      const batch = reader && this.#waiting.shift();
      if (batch === undefined) {
        return;
      }
      reader?.batches.push(batch);
      reader?.worker.postMessage(JSON.stringify(batch.jobs));
    }
  }

  /** An idle thread, else a new one, else one that has room for a batch. */
  #findReader(): Reader | undefined {
    const [least] = [...this.#readers].sort((one, other) => one.batches.length - other.batches.length);
    if (this.#readers.size < this.#threads && least?.batches.length !== 0) {
      return this.#start();
    }
    return least !== undefined && least.batches.length < BATCHES_A_THREAD ? least : undefined;
  }

  #start(): Reader {
    // Flags of this process are not meant for its threads, and some keep a thread from starting.
    const worker = new Worker(this.#workerFile, { execArgv: [] });
    const reader: Reader = { worker, batches: [] };
    worker.on("message", (results: string) => {
      const batch = reader.batches.shift();
      this.#dispatch();
      batch?.resolve(JSON.parse(results) as ReadResults);
    });
    worker.on("error", (error) => {
      for (const { reject } of reader.batches.splice(0)) {
        reject(error);
      }
    });
    worker.on("exit", () => {
      this.#readers.delete(reader);
      this.#dispatch();
    });
    this.#readers.add(reader);
    return reader;
  }
}
