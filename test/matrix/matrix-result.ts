import type { BuildFacts } from "./learn-build.ts";
import type { PlayOutcome } from "./play-cell.ts";

/** The tables, with the heading of each first column. */
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
  /** Another expected outcome. */
  | { readonly type: "seen"; readonly what: string }
  /** An unexpected outcome; the test has failed. */
  | { readonly type: "failed" };

/** One cell: host (or the other role of the first column) and client by the name of their release. */
export interface Cell {
  readonly part: Part;
  /** The column: a route, or a test on one. */
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
