import type { Database } from "better-sqlite3";
import {
  describeUnlisted,
  NO_SEVEN_ZIP,
  type FileStamp,
  type ReadFile,
  type Skipped,
} from "../content/index.ts";
import { systemClock } from "../../shared/index.ts";
import { createDueMark } from "../sets/index.ts";
import { BatchWriter, EntryStore, type FileStore, type KnownFile } from "../store/index.ts";
import type { FilePlan, FolderPlan, GoneFile } from "./plan-tree.ts";
import type { FileReading, ScanStep } from "./read-planned.ts";
import type { ScanProgress, ScanReport } from "./scan-report.ts";
import { bytesToRead, isUnchanged, toFacts, type ScannedFile } from "./scanned-file.ts";

const PROGRESS_MS = 10;

export interface StoreOptions {
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Stores what a scan planned and read, in transactions. What was stored before a failure or the signal is kept. */
export async function storeScanned(
  database: Database,
  files: FileStore,
  steps: AsyncIterable<ScanStep>,
  { onProgress, signal }: StoreOptions,
): Promise<Omit<ScanReport, "interrupted">> {
  const writer = new BatchWriter(database, createDueMark(database));
  const scan = new ScanStore(files, new EntryStore(database), writer);
  let lastProgressMs = systemClock.now();
  try {
    for await (const step of steps) {
      if (step.kind === "plan") {
        scan.applyPlan(step.plan);
      } else if (signal?.aborted !== true) {
        step.readings.forEach((reading) => {
          scan.applyReading(reading);
        });
      }
      if (systemClock.now() - lastProgressMs > PROGRESS_MS) {
        lastProgressMs = systemClock.now();
        onProgress?.({ ...scan.progress });
      }
    }
    if (signal?.aborted !== true) {
      scan.markGone();
    }
  } finally {
    writer.flush();
  }
  onProgress?.({ ...scan.progress });
  return scan.report();
}

/** The changes that one scan makes to the tables of files and entries, and what it counts. */
class ScanStore {
  readonly progress = { filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 };
  readonly #counts = { added: 0, updated: 0, moved: 0, unchanged: 0, missing: 0 };
  readonly #skipped: Skipped[] = [];
  readonly #gone: GoneFile[] = [];
  readonly #files: FileStore;
  readonly #entries: EntryStore;
  readonly #writer: BatchWriter;
  #unlistedArchives = 0;

  constructor(files: FileStore, entries: EntryStore, writer: BatchWriter) {
    this.#files = files;
    this.#entries = entries;
    this.#writer = writer;
  }

  applyPlan({ skipped, files, gone }: FolderPlan): void {
    skipped.forEach((each) => this.#skipped.push(each));
    gone.forEach((each) => this.#gone.push(each));
    this.progress.filesTotal += files.length;
    for (const plan of files) {
      if (plan.action === "read") {
        this.progress.bytesTotal += bytesToRead(plan.file);
      } else {
        this.progress.filesDone++;
        this.#applyUnread(plan);
      }
    }
  }

  applyReading({ file, result }: FileReading): void {
    this.progress.filesDone++;
    this.progress.bytesDone += bytesToRead(file);
    if (result.ok) {
      this.#reportProblems(file.path, result.value.problems);
      this.#writer.write(() => {
        this.#store(file, result.value);
      });
    } else if (result.reason === NO_SEVEN_ZIP) {
      this.#unlistedArchives++;
    } else {
      this.#skipped.push({ path: file.path, reason: result.reason });
    }
  }

  /** Only now: a file that was not found may have been moved. */
  markGone(): void {
    if (this.#gone.length > 0) {
      this.#writer.write(() => {
        this.#counts.missing = this.#gone.filter((file) => this.#markMissing(file)).length;
      });
    }
  }

  /** Everything has to be written before. */
  report(): Omit<ScanReport, "interrupted"> {
    const skipped = [...this.#skipped, ...describeUnlisted(this.#unlistedArchives, ".7z archive")];
    return { ...this.#counts, skipped };
  }

  #applyUnread(plan: Exclude<FilePlan, { action: "read" }>): void {
    switch (plan.action) {
      case "keep":
        this.#keep(plan.file, plan.known);
        return;
      case "track":
        this.#storeTrack(plan.file, plan.stamp);
        return;
      case "move":
        this.#counts.moved++;
        this.#writer.write(() => {
          this.#files.move(plan.fileId, plan.file.path);
          this.#entries.rename(plan.fileId, plan.file.path);
        });
    }
  }

  #keep(file: ScannedFile, { id, missing, problem }: KnownFile): void {
    this.#count("unchanged", file);
    if (missing === 1) {
      this.#writer.write(() => {
        this.#files.markPresent(id);
        this.#entries.mark(id, "present");
      });
    }
    this.#reportProblems(file.path, problem === "" ? [] : problem.split("\n"));
  }

  #storeTrack(file: ScannedFile, stamp: FileStamp): void {
    if (file.known?.missing !== 0 || !isUnchanged(file.known, file)) {
      this.#writer.write(() => {
        const facts = toFacts(file, { stamp, fingerprint: 0, problems: [] });
        this.#entries.put(this.#files.place(file.path, facts).id, file.path, [], [], "changed");
      });
    }
  }

  #store(file: ScannedFile, read: ReadFile): void {
    const facts = toFacts(file, read);
    const placed = this.#files.place(file.path, facts);
    if (placed.outcome !== "added") {
      this.#entries.rename(placed.id, file.path);
    }
    this.#entries.put(placed.id, file.path, file.plan.hostings, read.contents, placed.bytes);
    // A sheet that was checked again because of its parts, with the same result, is not news.
    const isSame =
      placed.outcome === "updated" && file.partsChanged === true && file.known?.problem === facts.problem;
    this.#count(isSame ? "unchanged" : placed.outcome, file);
  }

  #markMissing({ id, directory, name }: GoneFile): boolean {
    const marked = this.#files.markMissing(id, directory, name);
    if (marked) {
      this.#entries.mark(id, "missing");
    }
    return marked;
  }

  /** A sheet that no core hosts is read for its tracks only, and is not counted. */
  #count(outcome: "added" | "updated" | "moved" | "unchanged", { plan }: ScannedFile): void {
    this.#counts[outcome] += plan.hostings.length > 0 ? 1 : 0;
  }

  #reportProblems(file: string, problems: readonly string[]): void {
    this.#skipped.push(...problems.map((reason) => ({ path: file, reason })));
  }
}
