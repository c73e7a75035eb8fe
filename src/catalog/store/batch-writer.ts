import type { Database } from "better-sqlite3";
import { systemClock } from "../../shared/index.ts";

/** So much work is lost when the process is killed, and so long another writer may have to wait. */
const BATCH_MS = 50;

/** Collects steps and writes them in transactions: a transaction for each step would take most of the time of a scan. */
export class BatchWriter {
  readonly #transact;
  #pending: (() => void)[] = [];
  #lastMs = systemClock.now();

  /** @param finish - The last step of every transaction. */
  constructor(database: Database, finish: () => void) {
    this.#transact = database.transaction((steps: readonly (() => void)[]) => {
      [...steps, finish].forEach((step) => {
        step();
      });
    });
  }

  write(step: () => void): void {
    this.#pending.push(step);
    if (systemClock.now() - this.#lastMs > BATCH_MS) {
      this.flush();
    }
  }

  /** Writes what has been collected. */
  flush(): void {
    const steps = this.#pending;
    this.#pending = [];
    this.#lastMs = systemClock.now();
    if (steps.length > 0) {
      this.#transact.immediate(steps);
    }
  }
}
