import type { NoRoom, RoomFinder, Wish } from "../door/index.ts";
import type { FixedRoom, FixedRooms } from "../fixed-rooms/index.ts";
import type { FoundGame } from "../host-game.ts";
import { isSameCoreName } from "../netplay/index.ts";
import { fail, formatAddress, ok, type Result, type SessionId } from "../shared/index.ts";
import { showCore, showVersion } from "./show-difference.ts";

export interface FixedRoomFinderParts {
  readonly fixed: Pick<FixedRooms, "isUp" | "gameOf" | "open">;
  /** Whether the session of this room may be opened, or is there and not up yet. */
  readonly canOpen: (sessionId: SessionId) => boolean;
  readonly hasSeatFor: (sessionId: SessionId, address: string) => boolean;
  readonly isKicked: (sessionId: SessionId, address: string) => boolean;
}

/** Leads those who know a fixed room's id into it, if they have its game; starts its host for them where it has none. */
export function createFixedRoomFinder(room: FixedRoom, parts: FixedRoomFinderParts): RoomFinder {
  const { fixed, canOpen, hasSeatFor, isKicked } = parts;
  const { id, password } = room;
  return {
    async find(wish) {
      const pass = password === null ? { sessionId: id, mayPlay: true } : wish.passes[0];
      if (pass?.sessionId !== id) {
        return fail({ reason: "wrong-password" });
      }
      const difference = compare(wish, room, fixed.gameOf(room, wish.coreVersion));
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
  { core }: FixedRoom,
  found: Result<FoundGame, string>,
): NoRoom | undefined {
  if (!isSameCoreName(coreName, core)) {
    return { reason: "wrong-core", show: showCore(core) };
  }
  if (!found.ok) {
    const { reason } = found;
    return reason === "core-version" ? { reason, show: showVersion(core) } : { reason };
  }
  const game = found.value;
  const isAnyContent = game.core.match === "name" || game.crc === 0;
  return isAnyContent || crc === game.crc
    ? undefined
    : { reason: "wrong-content", show: { coreName, coreVersion, crc: game.crc } };
}
