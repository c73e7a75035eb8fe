import type { CoreConfig } from "../config.ts";
import type { PersistentRoomEntry } from "../gateway/index.ts";
import type { JoinRequest, NoRoom } from "../join-request.ts";
import type { PersistentRoom, PersistentRooms } from "../persistent-rooms/index.ts";
import { isSameCoreName, type Info } from "../netplay/index.ts";
import { fail, formatAddress, ok, type SessionId } from "../shared/index.ts";
import { placeBy } from "./matchmaker.ts";
import { showCore, showVersion } from "./show-difference.ts";

export interface PersistentRoomMatchmakerParts {
  readonly persistent: Pick<PersistentRooms, "isUp" | "gameOf" | "open">;
  /** Whether the session of this room may be opened, or is there and not up yet. */
  readonly canOpen: (sessionId: SessionId) => boolean;
  readonly hasSlotFor: (sessionId: SessionId, address: string) => boolean;
  readonly isKicked: (sessionId: SessionId, address: string) => boolean;
  /** What the `library` of this entry said when it hosted once; empty while it has not. */
  readonly versionOf: (core: CoreConfig) => string;
}

/** Leads those who know a persistent room's id into it, if they have its game; starts its host for them where it has none. */
export function createPersistentRoomMatchmaker(
  room: PersistentRoom,
  parts: PersistentRoomMatchmakerParts,
): PersistentRoomEntry["matchmaker"] {
  const { persistent, canOpen, hasSlotFor, isKicked, versionOf } = parts;
  const { id, core, password } = room;
  const loaded = (): Info => {
    const found = persistent.gameOf(room, "");
    return found.ok
      ? { coreName: core, coreVersion: versionOf(found.value.core), crc: found.value.crc }
      : showCore(core);
  };
  return {
    loaded,

    place: placeBy(async (request) => {
      const pass = password === null ? { sessionId: id, mayPlay: true } : request.passes[0];
      if (pass?.sessionId !== id) {
        return fail({ reason: "wrong-password" });
      }
      const difference = compare(request, room, { persistent, loaded });
      if (difference !== undefined) {
        return fail(difference);
      }
      const from = formatAddress(request.address, request.port);
      const opened = await persistent.open(room, request.coreVersion, from);
      return opened.ok ? ok(pass) : fail({ reason: opened.reason });
    }),

    objection(address) {
      if (!persistent.isUp(room)) {
        return canOpen(id) ? undefined : "full";
      }
      if (isKicked(id, address)) {
        return "denied";
      }
      return hasSlotFor(id, address) ? undefined : "full";
    },
  };
}

/** What keeps this player out of this room, with an INFO on which RetroArch names it where it can. */
function compare(
  { coreName, coreVersion, crc }: JoinRequest,
  room: PersistentRoom,
  { persistent, loaded }: Pick<PersistentRoomMatchmakerParts, "persistent"> & { readonly loaded: () => Info },
): NoRoom | undefined {
  if (!isSameCoreName(coreName, room.core)) {
    return { reason: "wrong-core", show: loaded() };
  }
  const found = persistent.gameOf(room, coreVersion);
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
