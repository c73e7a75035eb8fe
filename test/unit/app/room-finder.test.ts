import { describe, expect, it } from "vitest";
import { createRoomFinder, type RoomFinderParts } from "../../../src/app/room-finder.ts";
import { parseConfig } from "../../../src/config.ts";
import type { Wish } from "../../../src/door/index.ts";
import type { FixedRoom } from "../../../src/fixed-rooms/index.ts";
import { fail, formatAddress, newSessionId, ok, toCrc32, type SessionId } from "../../../src/shared/index.ts";
import type { SessionInfo } from "../../../src/supervisor/index.ts";

const parsed = parseConfig(
  "cores: [{ name: Fake, library: fake.so }, { name: Fake, library: newer.so }]",
  "/",
);
const [core, newer] = parsed.ok ? parsed.value.cores : [];
if (core === undefined || newer === undefined) {
  throw new Error("the configuration has two cores");
}
const game = { core, name: "Game", content: "/game.bin", crc: toCrc32(1) };
const wish: Wish = {
  coreName: "Fake",
  coreVersion: "1",
  crc: toCrc32(1),
  word: undefined,
  passes: [],
  address: "192.0.2.1",
  port: 5000,
};

function session(overrides: Partial<SessionInfo> = {}): SessionInfo {
  return {
    sessionId: newSessionId(),
    game,
    requester: "test",
    word: undefined,
    room: undefined,
    startedAt: new Date(0),
    state: { name: "playing", clients: 1 },
    port: undefined,
    pid: undefined,
    idleAtMs: undefined,
    ...overrides,
  };
}

const noFixedRooms: RoomFinderParts["fixed"] = {
  all: [],
  isUp: () => false,
  gameOf: () => fail("none"),
  open: () => Promise.resolve(fail("none")),
};

type Fixed = RoomFinderParts["fixed"];

function fixedRoom(overrides: Partial<FixedRoom> = {}): FixedRoom {
  const room = { name: "A", core: "Fake", game: "Game", password: null, spectatePassword: null } as const;
  return { ...room, id: newSessionId(), maxClients: 8, keep: "on-demand", ...overrides };
}

/** These rooms, of the one game, of which those in `up` have a session already. */
function fixedRooms(all: readonly FixedRoom[], up: readonly FixedRoom[] = []): Fixed & { opened: string[] } {
  const opened: string[] = [];
  return {
    all,
    opened,
    isUp: (room) => up.includes(room),
    gameOf: () => ok(game),
    open: (room, coreVersion) => {
      opened.push(`${room.name} for ${coreVersion}`);
      return Promise.resolve(ok(undefined));
    },
  };
}

/** A finder among these sessions; opening makes one that starts, and `ready` lets it host. */
function finderAmong(sessions: SessionInfo[], full: readonly SessionId[] = [], fixed: Fixed = noFixedRooms) {
  const ready: (() => void)[] = [];
  const opened: string[] = [];
  const promises = new Map<SessionId, Promise<unknown>>();
  const finder = createRoomFinder({
    find: () => ok(game),
    fixed,
    sessions: () => sessions,
    whenOpened: async (id) => ok(await promises.get(id)),
    open: async (_, { address, port }, word) => {
      const sessionId = newSessionId();
      opened.push(formatAddress(address, port));
      sessions.push(session({ sessionId, word, state: { name: "reserved", awaited: false } }));
      const at = sessions.length - 1;
      const started = new Promise<void>((resolve) => {
        ready.push(() => {
          sessions[at] = session({ sessionId, word });
          resolve();
        });
      });
      promises.set(sessionId, started);
      await started;
      return ok({ sessionId });
    },
    canOpen: () => sessions.length < 3,
    hasSeatFor: (id) => !full.includes(id),
  });
  return { finder, ready, opened };
}

describe("the room of a player who quick-joins", () => {
  it("is one of that game with a free seat", async () => {
    const taken = session();
    const otherGame = session({ game: { ...game, content: "/other.bin" } });
    const otherBuild = session({ game: { ...game, core: newer } });
    const ending = session({
      state: {
        name: "stopping",
        cause: "idle",
        exited: false,
        doorClosed: false,
        tellAt: null,
        killAt: null,
      },
    });
    const free = session();
    const { finder, opened } = finderAmong([taken, otherGame, otherBuild, ending, free], [taken.sessionId]);
    expect(await finder.find(wish)).toEqual(ok({ sessionId: free.sessionId, mayPlay: true }));
    expect(opened).toEqual([]);
  });

  it("is opened once for all who come before it is ready", async () => {
    const { finder, ready, opened } = finderAmong([]);
    const all = [finder.find({ ...wish, address: "2001:db8::1" }), finder.find(wish), finder.find(wish)];
    await Promise.resolve();
    expect(ready).toHaveLength(1);
    ready[0]?.();
    const [first, ...others] = await Promise.all(all);
    expect(others).toEqual([first, first]);
    expect(opened).toEqual(["[2001:db8::1]:5000"]);
  });

  it("is one of the same word alone", async () => {
    const open = session();
    const named = session({ word: "a" });
    const { finder } = finderAmong([open, named]);
    expect(await finder.find({ ...wish, word: "a" })).toEqual(
      ok({ sessionId: named.sessionId, mayPlay: true }),
    );
    expect(await finder.find(wish)).toEqual(ok({ sessionId: open.sessionId, mayPlay: true }));
  });

  it("does not exist when the game is unknown, or no session can be opened", async () => {
    const parts = {
      fixed: noFixedRooms,
      sessions: () => [],
      whenOpened: () => Promise.resolve(fail("start-failed")),
      open: () => Promise.resolve(fail("max-sessions")),
      canOpen: () => false,
      hasSeatFor: () => false,
    };
    const unknown = createRoomFinder({ ...parts, find: () => fail({ reason: "unknown-game" }) });
    expect(await unknown.find(wish)).toEqual(fail({ reason: "unknown-game" }));
    const full = createRoomFinder({ ...parts, find: () => ok(game) });
    expect(await full.find(wish)).toEqual(fail({ reason: "max-sessions" }));
    expect(full.objection("192.0.2.1")).toBe("full");
  });

  it("is worth asking for while a session has a seat or may be opened", () => {
    const one = session();
    expect(finderAmong([one], [one.sessionId]).finder.objection("")).toBeUndefined();
    const three = [session(), session(), session()];
    const ids = three.map(({ sessionId }) => sessionId);
    expect(finderAmong(three, ids.slice(0, 2)).finder.objection("")).toBeUndefined();
    expect(finderAmong(three, ids).finder.objection("")).toBe("full");
  });
});

describe("a persistent room of the game", () => {
  const pass = (room: FixedRoom, mayPlay = true): ReturnType<typeof ok> =>
    ok({ sessionId: room.id, mayPlay });

  it("comes before all others, those that are up first, and is opened for the player's version if none is", async () => {
    const [asleep, up] = [fixedRoom({ name: "asleep" }), fixedRoom({ name: "up" })];
    const rooms = fixedRooms([asleep, up], [up]);
    const all = [session(), session({ sessionId: up.id, room: "up" })];
    expect(await finderAmong(all, [], rooms).finder.find(wish)).toEqual(pass(up));
    expect(rooms.opened).toEqual([]);
    expect(await finderAmong(all, [up.id], rooms).finder.find(wish)).toEqual(pass(asleep));
    expect(rooms.opened).toEqual(["asleep for 1"]);
  });

  it("that is full, or of another game or build, leaves the player to the other rooms", async () => {
    const room = fixedRoom();
    const other = session();
    const full = finderAmong([other], [room.id], fixedRooms([room], [room]));
    expect(await full.finder.find(wish)).toEqual(ok({ sessionId: other.sessionId, mayPlay: true }));
    const elsewhere = { ...fixedRooms([room], [room]), gameOf: () => ok({ ...game, core: newer }) };
    expect(await finderAmong([other], [], elsewhere).finder.find(wish)).toEqual(
      ok({ sessionId: other.sessionId, mayPlay: true }),
    );
  });

  it("of another core is not looked up for the version of the player's", async () => {
    const asked: string[] = [];
    const rooms = fixedRooms([fixedRoom({ name: "other", core: "Other" }), fixedRoom({ core: "FAKE" })]);
    const gameOf: Fixed["gameOf"] = (room) => {
      asked.push(room.name);
      return ok(game);
    };
    await finderAmong([], [], { ...rooms, gameOf }).finder.find(wish);
    expect(asked).toEqual(["A"]);
  });

  it("with a password is for those alone whose word opens it, and is never met by the way", async () => {
    const room = fixedRoom({ password: "tulip" });
    const up = session({ sessionId: room.id, room: "A" });
    const { finder, opened } = finderAmong([up], [], fixedRooms([room], [room]));
    expect(
      await finder.find({ ...wish, word: "h", passes: [{ sessionId: room.id, mayPlay: false }] }),
    ).toEqual(pass(room, false));
    expect(opened).toEqual([]);
    void finder.find(wish);
    void finder.find({ ...wish, word: "another" });
    expect(await eventuallyOpened(opened, 2)).toHaveLength(2);
  });

  it("without one is not for those who gave a word: their room is named by it", async () => {
    const room = fixedRoom();
    const { finder, opened } = finderAmong([], [], fixedRooms([room], [room]));
    void finder.find({ ...wish, word: "h" });
    expect(await eventuallyOpened(opened, 1)).toHaveLength(1);
  });

  it("with a password that is full says so: its word leads nowhere else", async () => {
    const room = fixedRoom({ password: "tulip" });
    const { finder } = finderAmong([], [room.id], fixedRooms([room], [room]));
    const passes = [{ sessionId: room.id, mayPlay: true }];
    expect(await finder.find({ ...wish, word: "h", passes })).toEqual(fail({ reason: "full" }));
  });
});

async function eventuallyOpened(opened: readonly string[], count: number): Promise<readonly string[]> {
  for (let turn = 0; turn < 10 && opened.length < count; turn++) {
    await Promise.resolve();
  }
  return opened;
}
