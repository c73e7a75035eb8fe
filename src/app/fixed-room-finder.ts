import type { CoreConfig } from "../config.ts";
import type { FixedEntrance, NoRoom, Wish } from "../door/index.ts";
import type { FixedRoom, FixedRooms } from "../fixed-rooms/index.ts";
import { isSameCoreName, type Info } from "../netplay/index.ts";
import { fail, formatAddress, ok, type SessionId } from "../shared/index.ts";
import { showCore, showVersion } from "./show-difference.ts";

export interface FixedRoomFinderParts {
  readonly fixed: Pick<FixedRooms, "isUp" | "gameOf" | "open">;
  /** Whether the session of this room may be opened, or is there and not up yet. */
  readonly canOpen: (sessionId: SessionId) => boolean;
  readonly hasSeatFor: (sessionId: SessionId, address: string) => boolean;
  readonly isKicked: (sessionId: SessionId, address: string) => boolean;
  /** What the `library` of this entry said when it hosted once; empty while it has not. */
  readonly versionOf: (core: CoreConfig) => string;
}

/** Leads those who know a persistent room's id into it, if they have its game; starts its host for them where it has none. */
export function createFixedRoomFinder(room: FixedRoom, parts: FixedRoomFinderParts): FixedEntrance["finder"] {
  const { fixed, canOpen, hasSeatFor, isKicked, versionOf } = parts;
  const { id, core, password } = room;
  const loaded = (): Info => {
    const found = fixed.gameOf(room, "");
    return found.ok
      ? { coreName: core, coreVersion: versionOf(found.value.core), crc: found.value.crc }
      : showCore(core);
  };
  return {
    loaded,

    async find(wish) {
      const pass = password === null ? { sessionId: id, mayPlay: true } : wish.passes[0];
      if (pass?.sessionId !== id) {
        return fail({ reason: "wrong-password" });
      }
      const difference = compare(wish, room, { fixed, loaded });
      if (difference !== undefined) {
        return fail(difference);
      }
      const opened = await fixed.open(room, wish.coreVersion, formatAddress(wish.address, wish.port));
      return opened.ok ? ok(pass) : fail({ reason: opened.reason });
    },

    objection(address) {
      if (!fixed.isUp(room)) {
        return canOpen(id) ? undefined : "full";
      }
      if (isKicked(id, address)) {
        return "denied";
      }
      return hasSeatFor(id, address) ? undefined : "full";
    },
  };
}

/** What keeps this player out of this room, with an INFO on which RetroArch names it where it can. */
function compare(
  { coreName, coreVersion, crc }: Wish,
  room: FixedRoom,
  { fixed, loaded }: Pick<FixedRoomFinderParts, "fixed"> & { readonly loaded: () => Info },
): NoRoom | undefined {
  if (!isSameCoreName(coreName, room.core)) {
    return { reason: "wrong-core", show: loaded() };
  }
  const found = fixed.gameOf(room, coreVersion);
  if (!found.ok) {
    const { reason } = found;
    return reason === "core-version"
      ? { reason, show: showVersion(room.core, loaded().coreVersion) }
      : { reason };
  }
  const game = found.value;
  const isAnyContent = game.core.match === "name" || game.crc === 0;
  return isAnyContent || crc === game.crc
    ? undefined
    : { reason: "wrong-content", show: { coreName, coreVersion, crc: game.crc } };
}
