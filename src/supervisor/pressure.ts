import { addressGroup, type SessionId } from "../shared/index.ts";
import type { Asker, Place } from "./session.ts";

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
 *
 * @param isSameGame - Whether this session hosts the game of the request.
 */
export function findShared(
  { address, isProven }: Asker,
  places: readonly Place[],
  limits: Limits,
  nowMs: number,
  isSameGame: (sessionId: SessionId) => boolean,
): SessionId | undefined {
  if (isProven || !isUnderPressure(places, limits)) {
    return undefined;
  }
  const shared = places.findLast(
    ({ sessionId, asker, upSinceMs = -Infinity, isEnding, wasJoined, hasHandshake }) =>
      asker?.isProven === false &&
      addressGroup(asker.address) !== addressGroup(address) &&
      nowMs - upSinceMs < SHARE_MS &&
      !(isEnding || wasJoined || hasHandshake) &&
      isSameGame(sessionId),
  );
  return shared?.sessionId;
}
