import type { HostedGame } from "../game.ts";
import { addressGroup, type SessionId } from "../shared/index.ts";
import type { Place, SessionOrder } from "./session.ts";

/** A session is shared with further requests for so long. Half of the 10 s for which it is kept remain to join it. */
const SHARE_MS = 5_000;

interface Limits {
  readonly maxSessions: number;
}

export function isUnprovenAndUnjoined({ asker, wasJoined }: Place): boolean {
  return asker?.isProven === false && !wasJoined;
}

/** Whether so many sessions wait for a first player that a datagram has to be repeated before one more is opened. */
export function isUnderPressure(places: readonly Place[], { maxSessions }: Limits): boolean {
  return places.filter(isUnprovenAndUnjoined).length * 2 >= maxSessions;
}

/**
 * The session that a request gets instead of one of its own: while datagrams have to be repeated, the youngest one of the same
 * game that another address asked for and no player has joined. So forged senders cannot take all places with one game. Pure.
 */
export function findShared(
  { asker, game }: Pick<SessionOrder, "asker" | "game">,
  places: readonly Place[],
  limits: Limits,
  nowMs: number,
): SessionId | undefined {
  if (asker?.isProven !== false || !isUnderPressure(places, limits)) {
    return undefined;
  }
  const shared = places.findLast(
    (place) =>
      place.asker?.isProven === false &&
      addressGroup(place.asker.address) !== addressGroup(asker.address) &&
      nowMs - (place.upSinceMs ?? -Infinity) < SHARE_MS &&
      !(place.isEnding || place.wasJoined || place.hasHandshake) &&
      isSameGame(place.game, game),
  );
  return shared?.sessionId;
}

function isSameGame(one: HostedGame, other: HostedGame): boolean {
  return one.content === other.content && one.crc === other.crc && one.core.library === other.core.library;
}
