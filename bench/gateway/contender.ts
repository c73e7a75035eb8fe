import type { Target } from "./target.ts";

/** Something that joins clients with hosts and runs in a process of its own. */
export interface Contender {
  readonly name: string;
  readonly pid: number;
  /** For the crowd. */
  readonly target: Target;
}
