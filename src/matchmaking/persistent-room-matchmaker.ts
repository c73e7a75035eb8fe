import type { Matchmaker } from "../join-request.ts";
import type { PersistentRoom } from "../room-config.ts";
import { fail } from "../shared/index.ts";
import { explainDifference, loadedIn } from "./explain.ts";
import { placePlayer, type MatchmakingParts } from "./place-player.ts";

/** Places players who know a persistent room's id in that room, if they have its game. */
export function createPersistentRoomMatchmaker(
  room: PersistentRoom,
  parts: Pick<MatchmakingParts, "persistent" | "sessions" | "versionOf">,
): Matchmaker & Required<Pick<Matchmaker, "loaded">> {
  const { persistent, sessions } = parts;
  const { id, password } = room;
  return {
    loaded: () => loadedIn(room, parts),

    async place(request, enter) {
      const pass = password === null ? { sessionId: id, mayPlay: true } : request.passes[0];
      if (pass?.sessionId !== id) {
        return fail({ reason: "wrong-password" });
      }
      const difference = explainDifference(request, room, parts);
      return difference === undefined
        ? placePlayer(request, { persistent: [{ room, pass }], game: undefined }, enter, parts)
        : fail(difference);
    },

    objection(address) {
      if (!persistent.isUp(room)) {
        return sessions.canOpenRoom(id) ? undefined : "full";
      }
      if (sessions.isKicked(id, address)) {
        return "denied";
      }
      return sessions.hasSlotFor(id, address) ? undefined : "full";
    },
  };
}
