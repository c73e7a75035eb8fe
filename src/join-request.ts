import type { Info } from "./netplay/index.ts";
import type { SessionId } from "./shared/index.ts";

/** What a client that quick-joins has loaded, and where it is. */
export interface JoinRequest extends Info {
  /** Names the room, as the hash that it is; undefined: the public room. */
  readonly passwordHash: string | undefined;
  /** The locked rooms that the password opens. */
  readonly passes: readonly RoomPass[];
  readonly address: string;
  readonly port: number;
}

/** Leads into a room. */
export interface RoomPass {
  readonly sessionId: SessionId;
  /** False: its holder may only watch. */
  readonly mayPlay: boolean;
}

/** There is no room for a request. */
export interface NoRoom {
  /** A literal, for the log. */
  readonly reason: string;
  /** What is hosted here instead, when RetroArch says something true about the difference. */
  readonly show?: Info;
}
