import { addressGroup, countBy, wideAddressGroup, type SessionId } from "../shared/index.ts";
import type { Asker, Place } from "./session.ts";

/** A session is kept for so long at least: a launcher starts RetroArch, which loads the game and connects. */
const JOIN_MS = 10_000;

/** A handshake under way protects a session for no longer than this. */
const VISIT_MS = 30_000;

export type Replacement =
  /** This session gives way first. */
  | { readonly type: "replace"; readonly sessionId: SessionId }
  /** `no-place-yet`: a session that nobody joins gives way in some seconds. */
  | { readonly type: "refused"; readonly reason: "no-place-yet" | "max-sessions" };

/**
 * The oldest session that nobody ever joined, of another address; first one of an address that has many of them.
 *
 * @param unjoinedPerAddress - Sessions beyond these are many.
 */
export function findReplaceable(
  asker: Asker | undefined,
  places: readonly Place[],
  { unjoinedPerAddress }: { readonly unjoinedPerAddress: number },
  nowMs: number,
): Replacement {
  const unjoined = places.flatMap(({ sessionId, asker: owner, isEnding, wasJoined, ...place }) =>
    owner !== undefined && !isEnding && !wasJoined
      ? [
          {
            sessionId,
            group: addressGroup(owner.address),
            network: wideAddressGroup(owner.address),
            ...place,
          },
        ]
      : [],
  );
  const ofAddress = countBy(unjoined.map(({ group }) => group));
  const ofNetwork = countBy(unjoined.map(({ network }) => network));
  const own = asker === undefined ? undefined : addressGroup(asker.address);
  const others = unjoined.filter(({ group }) => group !== own);
  const ready = others.flatMap(({ sessionId, group, network, upSinceMs, hasHandshake }) => {
    const isSurplus =
      (ofAddress.get(group) ?? 0) > unjoinedPerAddress ||
      (ofNetwork.get(network) ?? 0) > 2 * unjoinedPerAddress;
    const ageMs = upSinceMs === undefined ? -1 : nowMs - upSinceMs;
    const protectedMs = hasHandshake ? VISIT_MS : isSurplus ? 0 : JOIN_MS;
    return ageMs >= protectedMs ? [{ sessionId, isSurplus, ageMs }] : [];
  });
  const [first] = ready.sort((a, b) => Number(b.isSurplus) - Number(a.isSurplus) || b.ageMs - a.ageMs);
  if (first !== undefined) {
    return { type: "replace", sessionId: first.sessionId };
  }
  return { type: "refused", reason: others.length > 0 ? "no-place-yet" : "max-sessions" };
}
