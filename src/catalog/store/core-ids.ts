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

  /** @param key - The core's name, folded. */
  find(key: string): number | undefined {
    return this.#known.get(key) ?? this.#remember(key, this.#select.get(key));
  }

  findOrAdd(name: string): number {
    return this.#known.get(name) ?? this.#remember(name, this.find(foldName(name)) ?? this.#add(name));
  }

  #add(name: string): number {
    return Number(this.#insert.run(foldName(name), name).lastInsertRowid);
  }

  #remember<T extends number | undefined>(key: string, id: T): T {
    if (id !== undefined) {
      this.#known.set(key, id);
    }
    return id;
  }
}
