import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Result } from "../../../shared/index.ts";
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
/** What has to be unread, for each thread that runs, before one more starts. */
const WORTH_A_THREAD_BYTES = 64 * 1024 * 1024;
/** So much is given to a thread before it needs it: while this thread writes, it has no time to give. */
const AHEAD_BYTES = 16 * 1024 * 1024;
/** Opening a file takes as long as reading so much. Writing down what is in it takes longer, and is not done by threads. */
const OPENING_BYTES = 16 * 1024;
/** Unless its disk is slow, or the network that it is on, or a program has to be started for it: on average, after a while. */
const SLOW_OPENING_MS = 0.5;
const SLOW_AFTER_MS = 250;

type Results = readonly Result<ReadFile, string>[];

interface Batch {
  readonly jobs: readonly ReadJob[];
  readonly bytes: number;
  /** Bytes that could be read instead. */
  readonly opening: number;
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
  readonly #queue: Batch[] = [];
  #readsHere = false;
  readonly #openedHere = { files: 0, ms: 0 };
  #closed = false;

  constructor(workerFile: URL, threads: number) {
    this.#workerFile = workerFile;
    this.#threads = threads;
  }

  read(jobs: readonly ReadJob[]): Promise<Results> {
    const bytes = sum(jobs, ({ sizeBytes = 0 }) => sizeBytes);
    if (this.#readers.size === 0 && jobs.length < LITTLE_FILES && bytes < LITTLE_BYTES) {
      return readHere(jobs);
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ jobs, bytes, opening: jobs.length * OPENING_BYTES, resolve, reject });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#readers].map(({ worker }) => worker.terminate()));
  }

  #dispatch(): void {
    while (!this.#closed && this.#queue.length > 0) {
      const reader = this.#startIfWorth() ?? this.#leastBusy();
      const batch = reader === undefined ? undefined : this.#queue.shift();
      if (reader === undefined || batch === undefined) {
        void this.#helpOut();
        return;
      }
      reader.batches.push(batch);
      reader.worker.postMessage(JSON.stringify(batch.jobs));
    }
  }

  /** While all threads have enough to do, this one lists archives as well: it takes about as long as to hear of them. */
  async #helpOut(): Promise<void> {
    const batch = this.#readsHere || this.#queue[0]?.bytes !== 0 ? undefined : this.#queue.shift();
    if (batch === undefined) {
      return;
    }
    this.#readsHere = true;
    // What the threads have found comes first.
    await new Promise(setImmediate);
    const startedMs = performance.now();
    await readHere(batch.jobs).then(batch.resolve, batch.reject);
    this.#openedHere.ms += performance.now() - startedMs;
    this.#openedHere.files += batch.jobs.length;
    this.#readsHere = false;
    this.#dispatch();
  }

  /** The first is worth it at once: it reads while this thread walks on. */
  #startIfWorth(): Reader | undefined {
    const running = this.#readers.size;
    const isWorth = running === 0 || this.#unreadBytes() >= running * WORTH_A_THREAD_BYTES;
    return running < this.#threads && isWorth ? this.#start() : undefined;
  }

  #unreadBytes(): number {
    const batches = [...this.#readers].flatMap((reader) => reader.batches).concat(this.#queue);
    const { files, ms } = this.#openedHere;
    const isSlow = ms > SLOW_AFTER_MS && ms > files * SLOW_OPENING_MS;
    return sum(batches, ({ bytes, opening }) => bytes + (isSlow ? opening : 0));
  }

  #leastBusy(): Reader | undefined {
    const loads = [...this.#readers].map((reader) => ({ reader, bytes: bytesAhead(reader) }));
    const [least] = loads.sort((one, other) => one.bytes - other.bytes);
    return least !== undefined && least.bytes < AHEAD_BYTES ? least.reader : undefined;
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

function bytesAhead({ batches }: Reader): number {
  return sum(batches, ({ bytes, opening }) => bytes + opening);
}

function sum<T>(items: readonly T[], toNumber: (item: T) => number): number {
  return items.reduce((total, item) => total + toNumber(item), 0);
}

async function readHere(jobs: readonly ReadJob[]): Promise<Results> {
  const results = [];
  for (const job of jobs) {
    results.push(await readJob(job));
  }
  return results;
}
