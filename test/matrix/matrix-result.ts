import type { BuildFacts } from "./learn-build.ts";
import type { PlayOutcome } from "./play-cell.ts";

/** The tables, and what the first column of each is. */
export const parts = {
  "one-core": { title: "everybody has the same core library", host: "host" },
  "own-cores": { title: "everybody has the core of the own distribution", host: "host" },
  "all-builds": {
    title: "the server has the cores of all distributions and takes the player's",
    host: "is there already",
  },
  passwords: { title: "a password is asked for", host: "host" },
} as const;

export type Part = keyof typeof parts;

export type Outcome =
  | PlayOutcome
  /** Something else that was expected and seen. */
  | { readonly type: "seen"; readonly what: string }
  /** Something that is not expected; the test has failed. */
  | { readonly type: "failed" };

/** One cell: host (or who else stands in the first column) and client by the name of their release. */
export interface Cell {
  readonly part: Part;
  /** The column: a route, or what was tried on one. */
  readonly route: string;
  readonly host: string;
  readonly client: string;
  readonly outcome: Outcome;
}

export interface Build extends BuildFacts {
  readonly release: string;
  /** E.g. `Debian GNU/Linux 13 (trixie)`. */
  readonly title: string;
}

export interface MatrixResult {
  readonly builds: readonly Build[];
  readonly cells: readonly Cell[];
  /** The columns of each table, in this order. */
  readonly columns: Readonly<Record<Part, readonly string[]>>;
}
