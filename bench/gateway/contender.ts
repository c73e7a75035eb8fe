import type { Target } from "./target.ts";

/** A program under test: it joins clients with hosts, in a process of its own. */
export interface Contender {
  readonly name: string;
  readonly pid: number;
  /** For the crowd. */
  readonly target: Target;
}
