import type { HostedGame } from "../game.ts";
import type { SessionId } from "../shared/index.ts";

/** Who wants a session. */
export interface Asker {
  readonly address: string;
  /** Whether it is known that the address is theirs: that of a TCP connection is, the sender of a datagram may be forged. */
  readonly isProven: boolean;
}

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

/** A place of `maxSessions` that is taken: by a session, or for one that begins when another is gone. */
export interface Place {
  readonly sessionId: SessionId | undefined;
  /** undefined: it belongs to a room of the operator's, which nobody's quota counts and which never gives way. */
  readonly asker: Asker | undefined;
  /** When its session began to host, in milliseconds of the clock; undefined before. */
  readonly upSinceMs: number | undefined;
  readonly isEnding: boolean;
  /** Whether somebody was ever in its game. */
  readonly wasJoined: boolean;
  /** Whether somebody is on the way into its game. */
  readonly hasHandshake: boolean;
}

/** The place of a session that is about to begin. */
export function freshPlace(asker: Asker | undefined): Place {
  return {
    sessionId: undefined,
    asker,
    upSinceMs: undefined,
    isEnding: false,
    wasJoined: false,
    hasHandshake: false,
  };
}
