import { addressGroup, wideAddressGroup } from "../shared/index.ts";
import { findReplaceable, type Replacement } from "./eviction.ts";
import { isUnprovenAndUnjoined } from "./pressure.ts";
import type { Asker, Place } from "./session.ts";

export interface AdmissionLimits {
  readonly maxSessions: number;
  /** Sessions of one address. */
  readonly perAddress: number;
  /** Sessions that nobody ever joined of one address; what exceeds it is the first to give way. */
  readonly unjoinedPerAddress: number;
}

export type Admission =
  | { readonly type: "open" }
  | Replacement
  | {
      readonly type: "refused";
      readonly reason:
        | "max-sessions-of-address"
        | "max-sessions-of-network"
        | "max-sessions"
        /** For now. */
        | "too-many-starts";
    };

export type AdmissionRefusal = Extract<Admission, { type: "refused" }>["reason"];

/** Hosts that may start at once, those of the operator's rooms not counted. */
const STARTS = 8;

/** Those of them that are left to proven addresses. */
const PROVEN_STARTS = 2;

const STARTS_PER_ADDRESS = 4;

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

function judgeAsker(
  { address, isProven }: Asker,
  places: readonly Place[],
  { maxSessions, perAddress }: AdmissionLimits,
): Exclude<AdmissionRefusal, "max-sessions" | "no-place-yet"> | undefined {
  const counted = places.flatMap(({ asker, isEnding, upSinceMs }) =>
    asker === undefined || isEnding ? [] : [{ address: asker.address, isStarting: upSinceMs === undefined }],
  );
  const own = counted.filter((other) => addressGroup(other.address) === addressGroup(address));
  if (own.length >= perAddress) {
    return "max-sessions-of-address";
  }
  const neighbours = counted.filter((other) => wideAddressGroup(other.address) === wideAddressGroup(address));
  if (neighbours.length >= Math.ceil((perAddress + maxSessions) / 2)) {
    return "max-sessions-of-network";
  }
  const starting = counted.filter(({ isStarting }) => isStarting).length;
  const ownStarting = own.filter(({ isStarting }) => isStarting).length;
  const starts = isProven ? STARTS : STARTS - PROVEN_STARTS;
  return starting >= starts || ownStarting >= STARTS_PER_ADDRESS ? "too-many-starts" : undefined;
}

/** A quarter of all places, or as many as one address may not have, is kept from unjoined sessions of unproven addresses. */
function hasFreePlace(
  asker: Asker | undefined,
  { places, kept }: Snapshot,
  { maxSessions, perAddress }: AdmissionLimits,
): boolean {
  const unjoined = places.filter(isUnprovenAndUnjoined).length;
  const mayWait = Math.max(maxSessions - Math.floor(maxSessions / 4), perAddress);
  return places.length + kept < maxSessions && (asker?.isProven !== false || unjoined < mayWait);
}
