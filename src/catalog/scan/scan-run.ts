import { existsSync } from "node:fs";
import path from "node:path";
import type { Database } from "better-sqlite3";
import type { Result } from "../../shared/index.ts";
import {
  createBatchWriter,
  type BatchWriter,
  createEntryStore,
  type EntryStore,
  createFileStore,
  type FileStore,
  type KnownFile,
} from "../store/index.ts";
import {
  type ContentReader,
  type FileStamp,
  describeUnlisted,
  NO_SEVEN_ZIP,
  type ReadFile,
  encodeSurroundings,
  type Skipped,
} from "../content/index.ts";
import { createDueMark } from "../sets/index.ts";
import { bytesToRead, isAsKnown, toFacts, toJob, type FoundFile } from "./found-file.ts";
import { TRACK_PLAN, type HostingPlan } from "./plan-hosting.ts";
import type { ScanProgress, ScanReport } from "./scan-report.ts";

const BREATH_MS = 10;

/** A message to a reader thread costs as much as a small file: files go in batches, small enough to keep all threads busy. */
const READ_FILES = 128;
const READ_BYTES = 16 * 1024 * 1024;

export interface ScanRunOptions {
  readonly database: Database;
  readonly reader: ContentReader;
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One scan in progress: compares what is found with what is known, has the rest read, and writes in batches. */
export class ScanRun {
  readonly #options: ScanRunOptions;
  readonly #files: FileStore;
  readonly #entries: EntryStore;
  readonly #writer: BatchWriter;
  readonly #counts = { added: 0, updated: 0, moved: 0, unchanged: 0, missing: 0 };
  readonly #progress = { filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 };
  readonly #skipped: Skipped[] = [];
  /** To be read in the next batch. */
  #unread: FoundFile[] = [];
  #unreadBytes = 0;
  /** Batches. */
  #reading = 0;
  #wake: () => void = () => undefined;
  #failure: Error | undefined;
  #unlistedArchives = 0;
  readonly #gone: (() => boolean)[] = [];
  #lastBreathMs = performance.now();

  constructor(options: ScanRunOptions) {
    this.#options = options;
    this.#files = createFileStore(options.database);
    this.#entries = createEntryStore(options.database);
    this.#writer = createBatchWriter(options.database, createDueMark(options.database));
  }

  filesIn(directory: string): KnownFile[] {
    return this.#files.filesIn(directory);
  }

  skip(skipped: Skipped): void {
    this.#skipped.push(skipped);
  }

  isOver(): boolean {
    return this.#failure !== undefined || this.#options.signal?.aborted === true;
  }

  /** Unchanged by size and time, moved by inode (but a sheet's files are not where they were), or else to be read. */
  offer(found: FoundFile): void {
    const { known } = found;
    this.#progress.filesTotal++;
    if (found.plan === TRACK_PLAN && found.stamp !== undefined) {
      this.#noteTrack(found, found.stamp);
    } else if (
      known !== undefined &&
      found.force !== true &&
      found.isDisturbed !== true &&
      isAsKnown(known, found)
    ) {
      this.#keep(known, found);
    } else if (known === undefined && this.#follow(found)) {
      this.#progress.filesDone++;
    } else {
      const bytes = bytesToRead(found);
      this.#progress.bytesTotal += bytes;
      this.#unreadBytes += bytes;
      if (this.#unread.push(found) === READ_FILES || this.#unreadBytes >= READ_BYTES) {
        void this.#readBatch();
      }
    }
  }

  /** Files of a folder that were not found: those that turn out to be gone, not moved, are marked as missing at the end. */
  forget(directory: string, files: readonly KnownFile[]): void {
    for (const { id, name, missing } of files) {
      if (missing === 0 && !existsSync(path.posix.join(directory, name))) {
        this.#gone.push(() => this.#forgetFile(id, directory, name));
      }
    }
  }

  /** The same for folders below `root` that the catalog knows and `isKept` does not. */
  forgetDirectories(root: string, isKept: (directory: string) => boolean): void {
    for (const directory of this.#files.directoriesBelow(root)) {
      if (!isKept(directory)) {
        this.forget(directory, this.#files.filesIn(directory));
      }
    }
  }

  /** Lets results, progress and signals through, now and then. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#lastBreathMs > BREATH_MS) {
      this.#lastBreathMs = performance.now();
      // Where walking is slow, readers do not wait for a full batch.
      if (this.#reading === 0 && this.#unread.length > 0) {
        void this.#readBatch();
      }
      this.#options.onProgress?.({ ...this.#progress });
      await new Promise(setImmediate);
    }
  }

  /** Waits until everything that was offered is stored, or the signal ends the scan. */
  async finish(): Promise<ScanReport> {
    const { signal } = this.#options;
    if (this.#unread.length > 0) {
      void this.#readBatch();
    }
    await new Promise<void>((resolve) => {
      this.#wake = () => {
        if (this.#reading === 0 || this.isOver()) {
          resolve();
        }
      };
      signal?.addEventListener("abort", this.#wake, { once: true });
      this.#wake();
    });
    signal?.removeEventListener("abort", this.#wake);
    if (!this.isOver() && this.#gone.length > 0) {
      this.#writer.write(() => {
        this.#counts.missing = this.#gone.filter((mark) => mark()).length;
      });
    }
    this.flush();
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    this.#options.onProgress?.({ ...this.#progress });
    const skipped = [...this.#skipped, ...describeUnlisted(this.#unlistedArchives, ".7z archive")];
    return { ...this.#counts, skipped, interrupted: signal?.aborted === true };
  }

  flush(): void {
    this.#writer.flush();
  }

  #keep(known: KnownFile, { path: file, plan }: FoundFile): void {
    this.#count("unchanged", plan);
    this.#progress.filesDone++;
    if (known.missing === 1) {
      this.#writer.write(() => {
        this.#files.markPresent(known.id);
        this.#entries.markPresent(known.id);
      });
    }
    this.#reportProblems(file, known.problem === "" ? [] : known.problem.split("\n"));
  }

  /** Remembered, so that the next scan knows it without its sheet, but neither read nor counted: it is no game. */
  #noteTrack(found: FoundFile, stamp: FileStamp): void {
    const { path: file, known } = found;
    this.#progress.filesDone++;
    if (known?.missing !== 0 || !isAsKnown(known, found)) {
      this.#writer.write(() => {
        const facts = toFacts(found, { stamp, fingerprint: 0, problems: [] });
        this.#entries.put(this.#files.place(file, facts).id, file, [], [], "changed");
      });
    }
  }

  #forgetFile(id: number, directory: string, name: string): boolean {
    const marked = this.#files.markMissing(id, directory, name);
    if (marked) {
      this.#entries.markMissing(id);
    }
    return marked;
  }

  #follow({ path: file, stamp, beside, plan }: FoundFile): boolean {
    const { surroundings } = beside;
    const id =
      stamp === undefined || surroundings.parts !== undefined
        ? undefined
        : this.#files.placeMoved(file, stamp, encodeSurroundings(surroundings), plan.signature);
    if (id === undefined) {
      return false;
    }
    this.#entries.rename(id, file);
    this.#counts.moved++;
    return true;
  }

  async #readBatch(): Promise<void> {
    const batch = this.#unread;
    this.#unread = [];
    this.#unreadBytes = 0;
    this.#reading++;
    try {
      const results = await this.#options.reader.read(batch.map(toJob));
      for (const [index, found] of batch.entries()) {
        const read = results[index];
        if (read !== undefined && !this.isOver()) {
          this.#progress.filesDone++;
          this.#progress.bytesDone += bytesToRead(found);
          this.#take(found, read);
        }
      }
      await this.breathe();
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    } finally {
      this.#reading--;
      this.#wake();
    }
  }

  #take(found: FoundFile, read: Result<ReadFile, string>): void {
    if (read.ok) {
      this.#reportProblems(found.path, read.value.problems);
      this.#writer.write(() => {
        this.#store(found, read.value);
      });
    } else if (read.reason === NO_SEVEN_ZIP) {
      this.#unlistedArchives++;
    } else {
      this.#skipped.push({ path: found.path, reason: read.reason });
    }
  }

  #store(found: FoundFile, read: ReadFile): void {
    const { path: file, plan, known } = found;
    const facts = toFacts(found, read);
    const placed = this.#files.place(file, facts);
    if (placed.outcome !== "added") {
      this.#entries.rename(placed.id, file);
    }
    this.#entries.put(placed.id, file, plan.hostings, read.contents, placed.fate);
    const isJudgedAgain = placed.outcome === "updated" && known?.problem === facts.problem;
    this.#count(isJudgedAgain && found.isDisturbed === true ? "unchanged" : placed.outcome, plan);
  }

  /** A sheet that nobody hosts is read for its tracks, and is no news. */
  #count(outcome: "added" | "updated" | "moved" | "unchanged", { hostings }: HostingPlan): void {
    this.#counts[outcome] += hostings.length > 0 ? 1 : 0;
  }

  #reportProblems(file: string, problems: readonly string[]): void {
    for (const reason of problems) {
      this.#skipped.push({ path: file, reason });
    }
  }
}
