import type { HostedGame } from "../game.ts";
import type { JoinRequest, Matchmaker, RoomPass } from "../join-request.ts";
import { isSameCoreName } from "../netplay/index.ts";
import type { PersistentRoom } from "../room-config.ts";
import { fail } from "../shared/index.ts";
import { createDaySalt } from "./day-salt.ts";
import { explainRefusal } from "./explain.ts";
import { isSameGame, placePlayer, type MatchmakingParts } from "./place-player.ts";

/** Places players who quick-join: they have told a core, its version and a CRC, but no room. */
export function createMatchmaker(parts: MatchmakingParts): Matchmaker {
  const { clock, find, sessions, asksPassword } = parts;
  const hasNamedRoom = (): boolean => sessions.all().some(({ passwordHash }) => passwordHash !== undefined);
  return {
    ...(asksPassword ? { salt: createDaySalt(clock, hasNamedRoom) } : {}),

    async place(request, enter) {
      const { coreName: core, coreVersion, crc } = request;
      const found = find({ core, coreVersion, crc, game: "", base: "" });
      if (!found.ok) {
        return fail(explainRefusal(found.reason, request, parts));
      }
      const persistent = findPersistentRooms(found.value, request, parts);
      // The password of a locked room names no other room.
      const isLocked = persistent.some(({ room }) => room.password !== null);
      return placePlayer(request, { persistent, game: isLocked ? undefined : found.value }, enter, parts);
    },

    objection(address) {
      const mayEnter = (): boolean =>
        sessions
          .all()
          .some(({ sessionId, stage }) => stage !== "ending" && sessions.hasSlotFor(sessionId, address));
      return sessions.canOpen(address) || mayEnter() ? undefined : "full";
    },
  };
}

/** Those of the game that the password opens, or that have none. */
function findPersistentRooms(
  game: HostedGame,
  request: JoinRequest,
  { persistent }: MatchmakingParts,
): { readonly room: PersistentRoom; readonly pass: RoomPass }[] {
  return persistent.all.flatMap((room) => {
    const pass = isSameCoreName(room.core, request.coreName) ? findPass(room, request) : undefined;
    const hosted = pass === undefined ? undefined : persistent.gameOf(room, request.coreVersion);
    return pass !== undefined && hosted?.ok === true && isSameGame(hosted.value, game)
      ? [{ room, pass }]
      : [];
  });
}

function findPass(
  { id, password }: PersistentRoom,
  { passwordHash, passes }: JoinRequest,
): RoomPass | undefined {
  if (password !== null) {
    return passes.find(({ sessionId }) => sessionId === id);
  }
  return passwordHash === undefined ? { sessionId: id, mayPlay: true } : undefined;
}
