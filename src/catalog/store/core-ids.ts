import type { Database } from "better-sqlite3";
import { foldName } from "../../shared/index.ts";

/** The ids of cores. They never change once given, so those that are known are remembered. */
export class CoreIds {
  readonly #known = new Map<string, number>();
  readonly #select;
  readonly #insert;

  constructor(database: Database) {
    this.#select = database.prepare<[string], number>("SELECT id FROM cores WHERE key = ?").pluck();
    this.#insert = database.prepare<[string, string]>("INSERT INTO cores (key, name) VALUES (?, ?)");
  }

  findOrAdd(name: string): number {
    const known = this.#known.get(name);
    if (known !== undefined) {
      return known;
    }
    const key = foldName(name);
    const id = this.#select.get(key) ?? Number(this.#insert.run(key, name).lastInsertRowid);
    this.#known.set(name, id);
    return id;
  }
}
