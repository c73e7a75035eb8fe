import { addressGroup, wideAddressGroup, type SessionId } from "../shared/index.ts";

/** Who wants a session. */
export interface Asker {
  readonly address: string;
  /** Whether it is known that the address is theirs: that of a TCP connection is, the sender of a datagram may be forged. */
  readonly isProven: boolean;
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

export interface AdmissionLimits {
  readonly maxSessions: number;
  /** Sessions of one address. */
  readonly perAddress: number;
  /** Sessions that nobody ever joined of one address; what exceeds it is the first to give way. */
  readonly unjoinedPerAddress: number;
}

export type AdmissionRefusal =
  | "max-sessions"
  | "max-sessions-of-address"
  | "max-sessions-of-network"
  /** For now. */
  | "too-many-starts"
  /** For now: a session that nobody joins gives way in some seconds. */
  | "no-place-yet";

export type Admission =
  | { readonly type: "open" }
  /** This session gives way first. */
  | { readonly type: "replace"; readonly sessionId: SessionId }
  | { readonly type: "refused"; readonly reason: AdmissionRefusal };

/** Hosts that may start at once, those of the operator's rooms not counted. */
const STARTS = 8;

/** Those of them that are left to proven addresses. */
const PROVEN_STARTS = 2;

const STARTS_PER_ADDRESS = 4;

/** For so long whoever asked has time to join: a launcher starts RetroArch, which loads the game and connects. */
const JOIN_MS = 10_000;

/** A session that nobody has joined by then is whose request opened it: as long again remains for whoever is told of it too. */
const SHARE_MS = JOIN_MS / 2;

/** A handshake under way protects a session for no longer than this. */
const VISIT_MS = 30_000;

interface Snapshot {
  readonly places: readonly Place[];
  /** Places that are kept for rooms which have none. */
  readonly kept: number;
}

/**
 * Whether a session may be opened, and which one gives way for it. Pure.
 *
 * @param asker - undefined: it is one of a room of the operator's.
 */
export function admit(
  asker: Asker | undefined,
  snapshot: Snapshot,
  limits: AdmissionLimits,
  nowMs: number,
): Admission {
  const refusal = asker === undefined ? undefined : judgeAsker(asker, snapshot.places, limits);
  if (refusal !== undefined) {
    const isFull = snapshot.places.length + snapshot.kept >= limits.maxSessions;
    return { type: "refused", reason: isFull && refusal !== "too-many-starts" ? "max-sessions" : refusal };
  }
  if (hasFreePlace(asker, snapshot, limits)) {
    return { type: "open" };
  }
  return findReplaceable(asker, snapshot.places, limits, nowMs);
}

/** Whether so many sessions wait for a first player that a datagram has to be repeated before one more is opened. */
export function isUnderPressure(places: readonly Place[], { maxSessions }: AdmissionLimits): boolean {
  return places.filter(isUnprovenAndUnjoined).length * 2 >= maxSessions;
}

/**
 * While datagrams have to be repeated: the youngest session of somebody else that nobody has joined yet, for one who asks for
 * the same game. Forged senders never join theirs, and one game does not take all places. Pure.
 *
 * @param isSameGame - Whether it hosts what is asked for.
 */
export function findShared(
  { address, isProven }: Asker,
  places: readonly Place[],
  limits: AdmissionLimits,
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
      sessionId !== undefined &&
      isSameGame(sessionId),
  );
  return shared?.sessionId;
}

function judgeAsker(
  { address, isProven }: Asker,
  places: readonly Place[],
  { maxSessions, perAddress }: AdmissionLimits,
): AdmissionRefusal | undefined {
  const askers = places.flatMap(({ asker, isEnding }) => (asker === undefined || isEnding ? [] : [asker]));
  if (askers.filter((other) => addressGroup(other.address) === addressGroup(address)).length >= perAddress) {
    return "max-sessions-of-address";
  }
  const perNetwork = Math.ceil((perAddress + maxSessions) / 2);
  const neighbours = askers.filter((other) => wideAddressGroup(other.address) === wideAddressGroup(address));
  if (neighbours.length >= perNetwork) {
    return "max-sessions-of-network";
  }
  const starting = places.flatMap(({ asker, upSinceMs, isEnding }) =>
    asker !== undefined && upSinceMs === undefined && !isEnding ? [asker] : [],
  );
  const own = starting.filter((other) => addressGroup(other.address) === addressGroup(address));
  const starts = isProven ? STARTS : STARTS - PROVEN_STARTS;
  return starting.length >= starts || own.length >= STARTS_PER_ADDRESS ? "too-many-starts" : undefined;
}

/** A quarter of all places, or what one address may not have, is not for sessions of unproven addresses that nobody has joined. */
function hasFreePlace(
  asker: Asker | undefined,
  { places, kept }: Snapshot,
  { maxSessions, perAddress }: AdmissionLimits,
): boolean {
  const unjoined = places.filter(isUnprovenAndUnjoined).length;
  const mayWait = Math.max(maxSessions - Math.floor(maxSessions / 4), perAddress);
  return places.length + kept < maxSessions && (asker?.isProven !== false || unjoined < mayWait);
}

function isUnprovenAndUnjoined({ asker, wasJoined }: Place): boolean {
  return asker?.isProven === false && !wasJoined;
}

/** The oldest session that nobody ever joined, of another address; first one of an address that has many of them. */
function findReplaceable(
  asker: Asker | undefined,
  places: readonly Place[],
  { unjoinedPerAddress }: AdmissionLimits,
  nowMs: number,
): Admission {
  const unjoined = places.flatMap(
    ({ sessionId, asker: owner, upSinceMs, isEnding, wasJoined, hasHandshake }) =>
      sessionId !== undefined && owner !== undefined && !isEnding && !wasJoined
        ? [{ sessionId, owner, upSinceMs, hasHandshake }]
        : [],
  );
  const ofAddress = countBy(unjoined.map(({ owner }) => addressGroup(owner.address)));
  const ofNetwork = countBy(unjoined.map(({ owner }) => wideAddressGroup(owner.address)));
  const others = unjoined
    .filter(({ owner }) => asker === undefined || addressGroup(owner.address) !== addressGroup(asker.address))
    .map((session) => {
      const { address } = session.owner;
      const isSurplus =
        (ofAddress.get(addressGroup(address)) ?? 0) > unjoinedPerAddress ||
        (ofNetwork.get(wideAddressGroup(address)) ?? 0) > 2 * unjoinedPerAddress;
      return { ...session, isSurplus };
    });
  const ready = others.flatMap(({ upSinceMs, hasHandshake, isSurplus, ...session }) => {
    const ageMs = upSinceMs === undefined ? -1 : nowMs - upSinceMs;
    const protectedMs = hasHandshake ? VISIT_MS : isSurplus ? 0 : JOIN_MS;
    return ageMs >= protectedMs ? [{ ...session, isSurplus, ageMs }] : [];
  });
  const [first] = ready.sort((a, b) => Number(b.isSurplus) - Number(a.isSurplus) || b.ageMs - a.ageMs);
  if (first !== undefined) {
    return { type: "replace", sessionId: first.sessionId };
  }
  return { type: "refused", reason: others.length > 0 ? "no-place-yet" : "max-sessions" };
}

function countBy(keys: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  keys.forEach((key) => counts.set(key, (counts.get(key) ?? 0) + 1));
  return counts;
}
