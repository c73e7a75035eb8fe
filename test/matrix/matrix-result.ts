import type { BuildFacts } from "./learn-build.ts";
import type { PlayOutcome } from "./play-cell.ts";

/** Which core builds the host and the players have. */
export const parts = {
  "one-core": "everybody has the same core library",
  "own-cores": "everybody has the core of the own distribution",
  "all-builds": "the server has the cores of all distributions and takes the player's",
} as const;

export type Part = keyof typeof parts;

export type Outcome =
  | PlayOutcome
  /** The server could not host: the host of an older distribution does not load a library of a newer one. */
  | { readonly type: "refused" }
  /** Something that is not expected; the test has failed. */
  | { readonly type: "failed" };

/** One cell: host and client by the name of their release. */
export interface Cell {
  readonly part: Part;
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
}
