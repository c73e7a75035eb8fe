import type { Database } from "better-sqlite3";
import type { CoreConfig } from "../../config.ts";
import {
  describeError,
  foldName,
  formatCrc32,
  type Clock,
  type Crc32,
  type Result,
} from "../../shared/index.ts";
import { inParallel } from "../in-parallel.ts";
import type { CatalogEntry, ListedEntry } from "../store/index.ts";

/** What a host said in its INFO. */
export interface AnnouncedGame {
  readonly core: string;
  readonly coreVersion: string;
  readonly crc: Crc32;
}

/** Starts the game in a real host and ends it again: what it announced, or in words why it did not. */
export type VerifyOne = (
  entry: ListedEntry,
  core: CoreConfig,
  signal: AbortSignal | undefined,
) => Promise<Result<AnnouncedGame, string>>;

export interface VerifyOptions {
  /** From `list`. Entries with a missing file or without a configured core are skipped. */
  readonly entries: readonly ListedEntry[];
  readonly cores: readonly CoreConfig[];
  readonly verifyOne: VerifyOne;
  readonly clock: Clock;
  /** Hosts at once; one for each processor when not given. */
  readonly parallel?: number | undefined;
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
  /** Ends it; what was found until then is kept. */
  readonly signal?: AbortSignal | undefined;
}

interface VerifyProgress {
  readonly done: number;
  readonly total: number;
  readonly failed: number;
}

export interface VerifyReport {
  readonly verified: number;
  readonly failures: readonly { readonly entry: CatalogEntry; readonly reason: string }[];
  readonly skipped: number;
  readonly interrupted: boolean;
}

/** Tries every entry in a host and stores each outcome at once. */
export async function verifyEntries(database: Database, options: VerifyOptions): Promise<VerifyReport> {
  const { clock, signal, onProgress } = options;
  const cores = new Map(options.cores.toReversed().map((core) => [foldName(core.name), core]));
  const tries = options.entries.flatMap((entry) => {
    const core = cores.get(foldName(entry.core));
    return core === undefined || entry.missing ? [] : [{ entry, core }];
  });
  const failures: { entry: CatalogEntry; reason: string }[] = [];
  let done = 0;
  const store = createVerificationStore(database);
  await inParallel(
    tries,
    signal,
    async ({ entry, core }) => {
      const startedMs = clock.now();
      const outcome = await tryOne(entry, core, options);
      // A try that was cut off says nothing of the game.
      if (signal?.aborted === true) {
        return;
      }
      store(entry, outcome, clock.date().getTime(), clock.now() - startedMs);
      done++;
      if (outcome.reason !== "") {
        failures.push({ entry, reason: outcome.reason });
      }
      onProgress?.({ done, total: tries.length, failed: failures.length });
    },
    options.parallel,
  );
  return {
    verified: done - failures.length,
    failures,
    skipped: options.entries.length - tries.length,
    interrupted: signal?.aborted === true,
  };
}

interface Outcome {
  /** Empty when it hosts. */
  readonly reason: string;
  /** As the host announced it; empty and null when it did not. */
  readonly coreVersion: string;
  readonly crc: Crc32 | null;
}

type VerificationStore = (entry: ListedEntry, outcome: Outcome, checkedMs: number, tookMs: number) => void;

function createVerificationStore(database: Database): VerificationStore {
  const learn = database.prepare<[number, number]>(
    "UPDATE entries SET crc = ? WHERE id = ? AND crc_is_certain = 0",
  );
  const put = database.prepare<[number, string, string, number, number, number, number]>(
    `INSERT OR REPLACE INTO verifications (entry_id, ok, reason, core_version, crc, checked_ms, took_ms)
     SELECT id, ?, ?, ?, ?, ?, ? FROM entries WHERE id = ?`,
  );
  const store = database.transaction<VerificationStore>((entry, outcome, checkedMs, tookMs) => {
    const { reason, coreVersion, crc } = outcome;
    const tried = entry.crcIsCertain || crc === null || reason !== "" ? entry.crc : crc;
    if (tried !== entry.crc) {
      learn.run(tried, entry.id);
    }
    put.run(reason === "" ? 1 : 0, reason, coreVersion, tried, checkedMs, tookMs, entry.id);
  });
  return (...values) => {
    store.immediate(...values);
  };
}

async function tryOne(
  entry: ListedEntry,
  core: CoreConfig,
  { verifyOne, signal }: VerifyOptions,
): Promise<Outcome> {
  try {
    const announced = await verifyOne(entry, core, signal);
    if (!announced.ok) {
      return { reason: announced.reason, coreVersion: "", crc: null };
    }
    const { coreVersion, crc } = announced.value;
    return { reason: checkAnnounced(entry, core, announced.value), coreVersion, crc };
  } catch (error) {
    return { reason: describeError(error), coreVersion: "", crc: null };
  }
}

/** Empty when the host announced what the catalog has, or when only a host can tell the CRC. */
function checkAnnounced(entry: ListedEntry, core: CoreConfig, announced: AnnouncedGame): string {
  if (foldName(announced.core) !== foldName(core.name)) {
    return `the library is the core ${announced.core}, not ${core.name}: correct name: or library: in the configuration`;
  }
  if (entry.crcIsCertain && announced.crc !== entry.crc) {
    return `the host announces the CRC ${formatCrc32(announced.crc)}, the catalog has ${formatCrc32(entry.crc)}: scan again`;
  }
  return "";
}
