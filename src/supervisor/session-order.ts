import type { HostedGame } from "../game.ts";
import type { SessionId } from "../shared/index.ts";
import type { Asker } from "./admission.ts";

/** A room of the operator's, which is there before its session and after it. */
export interface StandingRoom {
  /** The id of its session, of which there is one at a time. */
  readonly id: SessionId;
  readonly name: string;
  /** Slots, spectators included. */
  readonly maxClients: number;
  /** `always`: its session is not reaped. */
  readonly keep: "always" | "on-demand";
}

/** What somebody wants hosted, and how it is to be reached. */
export interface SessionOrder {
  readonly game: HostedGame;
  /** Who asked for it, for people. */
  readonly requester: string;
  /** The same, for quotas. */
  readonly asker: Asker;
  /** Whether it gets a public port of its own. */
  readonly ownPort: boolean;
  /** Names its room; undefined: a public one. */
  readonly passwordHash?: string | undefined;
  /** The room that it is the session of, which gives it its id. */
  readonly room?: StandingRoom | undefined;
}
