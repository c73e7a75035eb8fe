import type { HostedGame } from "../game.ts";
import type { SessionId } from "../shared/index.ts";
import type { Asker } from "./admission.ts";

/** What somebody wants hosted, and how it is to be reached. */
export interface SessionOrder {
  readonly game: HostedGame;
  /** Who asked for it, for people. */
  readonly requester: string;
  /** The same, for quotas; undefined: the operator. */
  readonly asker: Asker | undefined;
  /** Whether it gets a public port of its own. */
  readonly ownPort: boolean;
  /** Names its room; undefined: a public one. */
  readonly passwordHash?: string | undefined;
  /** The operator's room that it is the session of, which gives it its id. `always`: it is not reaped. */
  readonly room?:
    | {
        readonly id: SessionId;
        readonly name: string;
        readonly maxClients: number;
        readonly keep: "always" | "on-demand";
      }
    | undefined;
}
