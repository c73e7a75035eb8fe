import { randomInt } from "node:crypto";
import type { Matchmaker } from "../../join-request.ts";
import { ok, type SessionId, type TokenBuckets } from "../../shared/index.ts";
import { type IdentifiedClient, type LockedRoom, PasswordGuard, unlock } from "../handshake/index.ts";
import { QuickJoin, type QuickJoinParts } from "./quick-join.ts";

/** A persistent room at the netplay port. Clients come by its id, also while it has no session. */
export interface PersistentRoomEntry {
  readonly sessionId: SessionId;
  /** For the log. */
  readonly name: string;
  /** Finds this room alone. */
  readonly matchmaker: Omit<Matchmaker, "salt"> & Required<Pick<Matchmaker, "loaded">>;
  /** Undefined: no password is asked for. */
  readonly locked: Omit<LockedRoom, "sessionId"> | undefined;
}

const SALTS = 2 ** 32;

export interface QuickJoinsParts extends Omit<QuickJoinParts, "matchmaker" | "unlock" | "enter"> {
  readonly matchmaker: Omit<Matchmaker, "loaded">;
  readonly persistent: readonly PersistentRoomEntry[];
  /** The rooms of sessions. */
  readonly room: (sessionId: SessionId) => { welcome(client: IdentifiedClient): boolean } | undefined;
}

/** Quick join, and the persistent rooms by their ids. A wrong password counts against its address in `guesses`. */
export function createQuickJoins(
  parts: QuickJoinsParts,
  guesses: TokenBuckets,
): { readonly quickJoin: QuickJoin; readonly persistent: ReadonlyMap<SessionId, QuickJoin> } {
  const guard = new PasswordGuard(parts.limits, guesses, parts.clock, parts.logger);
  return {
    quickJoin: createQuickJoin(parts, guard),
    persistent: createPersistentRoomEntries(parts, guard),
  };
}

/** False when the room is gone or full. */
function enterOf({ room }: QuickJoinsParts): QuickJoinParts["enter"] {
  return (sessionId, client) => room(sessionId)?.welcome(client) ?? false;
}

/** A password that opens no locked room names another room, and counts as a guess. */
function createQuickJoin(parts: QuickJoinsParts, guard: PasswordGuard): QuickJoin {
  const locked = parts.persistent.flatMap((each) =>
    each.locked === undefined ? [] : [{ sessionId: each.sessionId, ...each.locked }],
  );
  return new QuickJoin({
    ...parts,
    enter: enterOf(parts),
    unlock: (said, onVerdict) => {
      if (said.passwordHash === undefined || locked.length === 0) {
        onVerdict(ok([]));
        return () => undefined;
      }
      return unlock(locked, guard, said, (verdict) => {
        onVerdict(verdict.ok ? verdict : ok([]));
      });
    },
  });
}

/** Clients of a persistent room are asked like those of quick join, and get that room. */
function createPersistentRoomEntries(
  parts: QuickJoinsParts,
  guard: PasswordGuard,
): ReadonlyMap<SessionId, QuickJoin> {
  const { limits } = parts;
  const perRoom = { halfOpenPort: limits.halfOpenPerRoom, contentQueries: limits.halfOpenPerRoom };
  const entries = parts.persistent.map(({ sessionId, name, matchmaker, locked }): [SessionId, QuickJoin] => {
    const rooms = locked === undefined ? [] : [{ sessionId, ...locked }];
    return [
      sessionId,
      new QuickJoin({
        ...parts,
        logger: parts.logger.child({ sessionId, room: name }),
        limits: { ...limits, ...perRoom },
        // Another salt for each client, so that a hash is of no use on another connection.
        matchmaker: locked === undefined ? matchmaker : { ...matchmaker, salt: () => randomInt(1, SALTS) },
        enter: enterOf(parts),
        unlock: (said, onVerdict) => unlock(rooms, guard, said, onVerdict),
      }),
    ];
  });
  return new Map(entries);
}
