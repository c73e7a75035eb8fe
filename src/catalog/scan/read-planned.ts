import { systemClock, type Result } from "../../shared/index.ts";
import type { ContentReader, ReadFile } from "../content/index.ts";
import type { FolderPlan } from "./plan-tree.ts";
import { bytesToRead, toJob, type ScannedFile } from "./scanned-file.ts";

/** A file that a reader opened, and what it found. */
export interface FileReading {
  readonly file: ScannedFile;
  readonly result: Result<ReadFile, string>;
}

/** A plan on its way to the store, or the results of a batch of its files. */
export type ScanStep =
  | { readonly kind: "plan"; readonly plan: FolderPlan }
  | { readonly kind: "readings"; readonly readings: readonly FileReading[] };

/** After so much work without a pause, results and signals get a turn. */
const TURN_MS = 10;

/** A message to a reader thread takes as long as a small file: files go in batches, small enough to keep all threads busy. */
const BATCH_FILES = 128;
const BATCH_BYTES = 16 * 1024 * 1024;

/**
 * Hands each plan on, has its files read, and hands on the results of a batch as soon as they are there. Planning goes on while
 * files are read. Ends early at the signal.
 */
export async function* readPlanned(
  plans: Iterable<FolderPlan>,
  reader: ContentReader,
  signal: AbortSignal | undefined,
): AsyncGenerator<ScanStep> {
  const batches = new ReadBatches(reader);
  const isOver = (): boolean => signal?.aborted === true;
  const onAbort = (): void => {
    batches.wake();
  };
  signal?.addEventListener("abort", onAbort);
  try {
    let lastTurnMs = systemClock.now();
    for (const plan of plans) {
      yield { kind: "plan", plan };
      for (const { action, file } of plan.files) {
        if (action === "read") {
          batches.add(file);
        }
      }
      if (systemClock.now() - lastTurnMs > TURN_MS) {
        // Where planning is slow, readers do not wait for a full batch.
        if (batches.isIdle) {
          batches.start();
        }
        await new Promise(setImmediate);
        yield* batches.takeDone();
        lastTurnMs = systemClock.now();
      }
      if (isOver()) {
        return;
      }
    }
    batches.start();
    while (!isOver() && (await batches.waitForNext())) {
      yield* batches.takeDone();
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Collects files into batches, and the results of those that have been read. */
class ReadBatches {
  readonly #reader: ContentReader;
  #files: ScannedFile[] = [];
  #bytes = 0;
  #running = 0;
  #done: ScanStep[] = [];
  #failure: Error | undefined;
  #wake = (): void => undefined;

  constructor(reader: ContentReader) {
    this.#reader = reader;
  }

  add(file: ScannedFile): void {
    this.#bytes += bytesToRead(file);
    if (this.#files.push(file) === BATCH_FILES || this.#bytes >= BATCH_BYTES) {
      this.start();
    }
  }

  get isIdle(): boolean {
    return this.#running === 0;
  }

  start(): void {
    const batch = this.#files;
    this.#files = [];
    this.#bytes = 0;
    if (batch.length > 0) {
      void this.#read(batch);
    }
  }

  /** @throws what a reader threw. */
  takeDone(): readonly ScanStep[] {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    const steps = this.#done;
    this.#done = [];
    return steps;
  }

  /** Waits for a batch or for `wake`; answers false when nothing more will come. */
  async waitForNext(): Promise<boolean> {
    if (this.#running > 0 && this.#done.length === 0 && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#running > 0 || this.#done.length > 0 || this.#failure !== undefined;
  }

  wake(): void {
    this.#wake();
  }

  async #read(batch: readonly ScannedFile[]): Promise<void> {
    this.#running++;
    try {
      const results = await this.#reader.read(batch.map(toJob));
      const readings = batch.flatMap((file, index) => {
        const result = results[index];
        return result === undefined ? [] : [{ file, result }];
      });
      this.#done.push({ kind: "readings", readings });
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
    this.#running--;
    this.#wake();
  }
}
