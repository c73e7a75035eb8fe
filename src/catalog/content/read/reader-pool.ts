import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { systemClock, type Result } from "../../../shared/index.ts";
import { createInlineReader, readJob, type ContentReader, type ReadJob } from "./content-reader.ts";
import type { ReadFile } from "./read-file.ts";

export interface ReaderPoolOptions {
  /** As many as processors when not given. */
  readonly threads?: number | undefined;
  /** The compiled `read-worker.ts`. */
  readonly workerFile?: URL | undefined;
}

/** A batch of fewer files and bytes is the last one of its scan: it is read before a thread could have started. */
const LITTLE_FILES = 16;
const LITTLE_BYTES = 16 * 1024 * 1024;
/** A thread has its next batch at hand: this thread may be busy with writing when it asks for one. */
const BATCHES_A_THREAD = 2;
/**
 * Listing an archive takes less time than sending the result from one thread to another, so this thread does it. Where the disk or
 * the network is slow, or a program has to be started, it takes longer than this on average, and the other threads help.
 */
const SLOW_LISTING_MS = 1;

type Results = readonly Result<ReadFile, string>[];

interface Batch {
  readonly jobs: readonly ReadJob[];
  /** Nothing is read but the directories of archives. */
  readonly isListing: boolean;
  readonly resolve: (results: Results) => void;
  readonly reject: (error: unknown) => void;
}

/** A thread, and the batches that it has not answered; it answers in the order in which it got them. */
interface Reader {
  readonly worker: Worker;
  readonly batches: Batch[];
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
  readonly #readers = new Set<Reader>();
  #queue: Batch[] = [];
  #isListing = false;
  readonly #listed = { files: 0, ms: 0 };
  #closed = false;

  constructor(workerFile: URL, threads: number) {
    this.#workerFile = workerFile;
    this.#threads = threads;
  }

  read(jobs: readonly ReadJob[]): Promise<Results> {
    if (this.#readers.size === 0 && isLittle(jobs)) {
      return readAll(jobs);
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ jobs, isListing: jobs.every(({ whole }) => !whole), resolve, reject });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#readers].map(({ worker }) => worker.terminate()));
  }

  #dispatch(): void {
    if (this.#closed) {
      return;
    }
    if (!this.#isListing) {
      void this.#listHere(this.#take(({ isListing }) => isListing));
    }
    const isSlow = this.#listed.ms > this.#listed.files * SLOW_LISTING_MS;
    const isForThreads = ({ isListing }: Batch): boolean => !isListing || isSlow;
    while (this.#queue.some(isForThreads)) {
      const reader = this.#findReader();
      const batch = reader === undefined ? undefined : this.#take(isForThreads);
      if (reader === undefined || batch === undefined) {
        return;
      }
      reader.batches.push(batch);
      reader.worker.postMessage(JSON.stringify(batch.jobs));
    }
  }

  /** The first such batch leaves the queue. */
  #take(isWanted: (batch: Batch) => boolean): Batch | undefined {
    const found = this.#queue.find(isWanted);
    this.#queue = this.#queue.filter((batch) => batch !== found);
    return found;
  }

  async #listHere(batch: Batch | undefined): Promise<void> {
    if (batch === undefined) {
      return;
    }
    this.#isListing = true;
    // What the threads have found comes first.
    await new Promise(setImmediate);
    const startedMs = systemClock.now();
    await readAll(batch.jobs).then(batch.resolve, batch.reject);
    this.#listed.ms += systemClock.now() - startedMs;
    this.#listed.files += batch.jobs.length;
    this.#isListing = false;
    this.#dispatch();
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
    const reader = { worker, batches: [] as Batch[] };
    worker.on("message", (results: string) => {
      const batch = reader.batches.shift();
      this.#dispatch();
      batch?.resolve(JSON.parse(results) as Results);
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

function isLittle(jobs: readonly ReadJob[]): boolean {
  const bytes = jobs.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  return jobs.length < LITTLE_FILES && bytes < LITTLE_BYTES;
}

async function readAll(jobs: readonly ReadJob[]): Promise<Results> {
  const results = [];
  for (const job of jobs) {
    results.push(await readJob(job));
  }
  return results;
}
