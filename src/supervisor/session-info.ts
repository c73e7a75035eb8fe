import type { HostedGame } from "../game.ts";
import type { SessionId } from "../shared/index.ts";
import type { SessionState } from "./session-starting.ts";

/** A session as people see it. */
export interface SessionInfo {
  readonly sessionId: SessionId;
  readonly game: HostedGame;
  readonly requester: string;
  /** Names its room; undefined: a public one. */
  readonly passwordHash: string | undefined;
  /** Name of the operator's room that it is the session of. */
  readonly room: string | undefined;
  readonly startedAt: Date;
  readonly state: SessionState;
  readonly port: number | undefined;
  readonly pid: number | undefined;
}
