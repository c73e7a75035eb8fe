import type { Info } from "./netplay/index.ts";
import type { Result, SessionId } from "./shared/index.ts";

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

/** Finds the room of a client that quick-joins, or opens one. */
export interface Matchmaker {
  /**
   * Resolves when the client has its room, or none.
   *
   * @param enter - Gives the client a slot. False: the room is gone or full, and another is looked for. True for a client
   *   that has left meanwhile.
   */
  place(request: JoinRequest, enter: (pass: RoomPass) => boolean): Promise<Result<RoomPass, NoRoom>>;
  /** Why somebody from this address could not be given a slot, whatever they have loaded. */
  objection(address: string): "full" | "denied" | undefined;
  /** What its room has loaded, for a client that asks; undefined: it depends on what the client brings. */
  readonly loaded?: () => Info;
  /** The salt for the next one's password; undefined: no client is asked for a password. Where passwords name rooms, all clients must get the same salt. */
  readonly salt?: () => number;
}
