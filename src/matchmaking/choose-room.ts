import type { HostedGame } from "../game.ts";
import type { RoomPass } from "../join-request.ts";
import type { PersistentRoom } from "../room-config.ts";
import type { SessionId } from "../shared/index.ts";

/** A room of the player's game that their password opens. */
export interface RoomCandidate {
  readonly pass: RoomPass;
  /** False: its session is still starting; a persistent room may have none. */
  readonly isUp: boolean;
  readonly hasSlot: boolean;
}

export interface PersistentRoomCandidate extends RoomCandidate {
  readonly room: PersistentRoom;
}

export interface RoomCandidates {
  /** In the order of the configuration. */
  readonly persistent: readonly PersistentRoomCandidate[];
  /** All that are no persistent rooms and not ending. Undefined: only a persistent room will do. */
  readonly others: { readonly game: HostedGame; readonly rooms: readonly RoomCandidate[] } | undefined;
}

export type RoomDecision =
  | { readonly type: "enter"; readonly pass: RoomPass }
  /** The persistent room's session is opened or, where it is starting or ending, waited for. */
  | { readonly type: "host"; readonly room: PersistentRoom; readonly pass: RoomPass }
  /** Until the session that is starting hosts. */
  | { readonly type: "wait"; readonly pass: RoomPass }
  /** A new room is opened. */
  | { readonly type: "open"; readonly game: HostedGame }
  | { readonly type: "turn-away"; readonly reason: string };

/**
 * The room of a player: a persistent one that is up and has a slot, else one that can be hosted, else another one with a slot, else
 * one that is starting, else a new one. So those who come at the same moment for the same game meet.
 *
 * @param refused - Persistent rooms that could not be hosted for this player, and why.
 */
export function chooseRoom(
  { persistent, others }: RoomCandidates,
  refused: ReadonlyMap<SessionId, string>,
): RoomDecision {
  const ready = persistent.find(isReady);
  if (ready !== undefined) {
    return { type: "enter", pass: ready.pass };
  }
  const down = persistent.find(({ isUp, room }) => !isUp && !refused.has(room.id));
  if (down !== undefined) {
    return { type: "host", room: down.room, pass: down.pass };
  }
  if (others === undefined) {
    return { type: "turn-away", reason: [...refused.values()].at(-1) ?? "full" };
  }
  const { game, rooms } = others;
  const other = rooms.find(isReady) ?? rooms.find(({ isUp }) => !isUp);
  return other === undefined
    ? { type: "open", game }
    : { type: other.isUp ? "enter" : "wait", pass: other.pass };
}

function isReady({ isUp, hasSlot }: RoomCandidate): boolean {
  return isUp && hasSlot;
}
