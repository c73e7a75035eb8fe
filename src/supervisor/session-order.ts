import type { HostedGame } from "../game.ts";
import type { SessionId } from "../shared/index.ts";

/** Who wants a session. */
export interface Asker {
  readonly address: string;
  /** True for the address of a TCP connection. The sender of a datagram may be forged. */
  readonly isProven: boolean;
}

/** What is to be hosted, for whom, and how it is reached. */
export interface SessionOrder {
  readonly game: HostedGame;
  /** Who asked for it, for people. */
  readonly requester: string;
  /** For quotas; undefined: the operator. */
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

/** A place of `maxSessions` that is taken by a session, or by one that begins when another is gone. */
export interface Place {
  readonly sessionId: SessionId | undefined;
  /** undefined: a room of the operator's. No quota counts it, and it never gives way. */
  readonly asker: Asker | undefined;
  /** When its session began to host, in milliseconds of the clock; undefined before. */
  readonly upSinceMs: number | undefined;
  readonly isEnding: boolean;
  /** Whether a client was ever in its game. */
  readonly wasJoined: boolean;
  /** Whether a client is on its way into the game. */
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
