import { describe, expect, it } from "vitest";
import type { HostedGame } from "../../../src/game.ts";
import {
  chooseRoom,
  type PersistentRoomCandidate,
  type RoomCandidate,
} from "../../../src/matchmaking/choose-room.ts";
import { newSessionId, toCrc32 } from "../../../src/shared/index.ts";
import { core } from "../catalog/catalog-fixture.ts";

const game: HostedGame = { core: core("Fake"), name: "Game", content: "/game.bin", crc: toCrc32(1) };
const up = { isUp: true, hasSlot: true };
const full = { isUp: true, hasSlot: false };
const down = { isUp: false, hasSlot: false };

function other(state: typeof up): RoomCandidate {
  return { pass: { sessionId: newSessionId(), mayPlay: true }, ...state };
}

function persistent(state: typeof up): PersistentRoomCandidate {
  const id = newSessionId();
  const open = { password: null, spectatePassword: null, maxClients: 8, keep: "on-demand" } as const;
  const room = { id, name: "Friday", core: "Fake", game: "Game", ...open };
  return { room, pass: { sessionId: id, mayPlay: true }, ...state };
}

describe("the choice of a room", () => {
  it("prefers a persistent room that is up, then one that can be hosted, to all others", () => {
    const [closed, ready, free] = [persistent(down), persistent(up), other(up)];
    const others = { game, rooms: [free] };
    const none = new Map();
    expect(chooseRoom({ persistent: [closed, persistent(full), ready], others }, none)).toEqual({
      type: "enter",
      pass: ready.pass,
    });
    expect(chooseRoom({ persistent: [persistent(full), closed], others }, none)).toEqual({
      type: "host",
      room: closed.room,
      pass: closed.pass,
    });
    expect(chooseRoom({ persistent: [persistent(full)], others }, none)).toEqual({
      type: "enter",
      pass: free.pass,
    });
  });

  it("passes over a persistent room that was refused, but not when it is up by now", () => {
    const [first, second] = [persistent(down), persistent(down)];
    const refused = new Map([[first.room.id, "start-failed"]]);
    const others = { game, rooms: [] };
    expect(chooseRoom({ persistent: [first, second], others }, refused)).toMatchObject({
      type: "host",
      room: second.room,
    });
    expect(chooseRoom({ persistent: [first], others }, refused)).toEqual({ type: "open", game });
    expect(chooseRoom({ persistent: [{ ...first, ...up }], others }, refused)).toEqual({
      type: "enter",
      pass: first.pass,
    });
  });

  it("is a room with a slot, else one that is starting, else a new one", () => {
    const [taken, starting, free] = [other(full), other({ ...up, isUp: false }), other(up)];
    const among = (...rooms: RoomCandidate[]) =>
      chooseRoom({ persistent: [], others: { game, rooms } }, new Map());
    expect(among(taken, starting, free)).toEqual({ type: "enter", pass: free.pass });
    expect(among(taken, starting)).toEqual({ type: "wait", pass: starting.pass });
    expect(among(taken)).toEqual({ type: "open", game });
    expect(among()).toEqual({ type: "open", game });
  });

  it("turns away where only a persistent room will do, with the last reason why one could not be hosted", () => {
    const [first, second] = [persistent(down), persistent(down)];
    const rooms = { persistent: [first, persistent(full), second], others: undefined };
    const refused = new Map([
      [first.room.id, "max-sessions"],
      [second.room.id, "start-failed"],
    ]);
    expect(chooseRoom(rooms, refused)).toEqual({ type: "turn-away", reason: "start-failed" });
    expect(chooseRoom({ persistent: [persistent(full)], others: undefined }, new Map())).toEqual({
      type: "turn-away",
      reason: "full",
    });
  });
});
