import type { Database } from "better-sqlite3";
import { systemClock } from "../../shared/index.ts";

/** So much work is lost when the process is killed, and so long another writer may have to wait. */
const BATCH_MS = 50;

/** Collects steps and writes them in transactions: a transaction for each step would take most of the time of a scan. */
export interface BatchWriter {
  write(step: () => void): void;
  /** Writes what has been collected. */
  flush(): void;
}

/** @param finish - The last step of every transaction. */
export function createBatchWriter(database: Database, finish: () => void): BatchWriter {
  const transact = database.transaction((steps: readonly (() => void)[]) => {
    for (const step of steps) {
      step();
    }
    finish();
  });
  let pending: (() => void)[] = [];
  let lastMs = systemClock.now();
  const flush = (): void => {
    const steps = pending;
    pending = [];
    lastMs = systemClock.now();
    if (steps.length > 0) {
      transact.immediate(steps);
    }
  };
  return {
    write: (step) => {
      pending.push(step);
      if (systemClock.now() - lastMs > BATCH_MS) {
        flush();
      }
    },
    flush,
  };
}
