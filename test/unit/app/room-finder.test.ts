import { describe, expect, it } from "vitest";
import { createRoomFinder } from "../../../src/app/room-finder.ts";
import { parseConfig } from "../../../src/config.ts";
import type { Wish } from "../../../src/door/index.ts";
import { fail, newSessionId, ok, toCrc32, type SessionId } from "../../../src/shared/index.ts";
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

/** A finder among these sessions; opening makes one that starts, and `ready` lets it host. */
function finderAmong(sessions: SessionInfo[], full: readonly SessionId[] = []) {
  const ready: (() => void)[] = [];
  const opened: string[] = [];
  const promises = new Map<SessionId, Promise<unknown>>();
  const finder = createRoomFinder({
    find: () => ok(game),
    sessions: () => sessions,
    whenOpened: async (id) => ok(await promises.get(id)),
    open: async (_, requester, word) => {
      const sessionId = newSessionId();
      opened.push(requester);
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

describe("the room of a player who just connects", () => {
  it("is one of that game with a free seat", async () => {
    const taken = session();
    const otherGame = session({ game: { ...game, content: "/other.bin" } });
    const otherBuild = session({ game: { ...game, core: newer } });
    const ending = session({
      state: { name: "stopping", cause: "idle", exited: false, doorClosed: false, killAt: null },
    });
    const free = session();
    const { finder, opened } = finderAmong([taken, otherGame, otherBuild, ending, free], [taken.sessionId]);
    expect(await finder.find(wish)).toEqual(ok(free.sessionId));
    expect(opened).toEqual([]);
  });

  it("is opened once for all who come before it is ready", async () => {
    const { finder, ready, opened } = finderAmong([]);
    const all = [finder.find(wish), finder.find(wish), finder.find(wish)];
    await Promise.resolve();
    expect(ready).toHaveLength(1);
    ready[0]?.();
    const [first, ...others] = await Promise.all(all);
    expect(others).toEqual([first, first]);
    expect(opened).toEqual(["192.0.2.1:5000"]);
  });

  it("is one of the same word alone", async () => {
    const open = session();
    const named = session({ word: "a" });
    const { finder } = finderAmong([open, named]);
    expect(await finder.find({ ...wish, word: "a" })).toEqual(ok(named.sessionId));
    expect(await finder.find(wish)).toEqual(ok(open.sessionId));
  });

  it("does not exist when the game is unknown, or no session can be opened", async () => {
    const parts = {
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
    expect(full.isFull()).toBe(true);
  });

  it("is worth asking for while a session has a seat or may be opened", () => {
    const one = session();
    expect(finderAmong([one], [one.sessionId]).finder.isFull()).toBe(false);
    const three = [session(), session(), session()];
    const ids = three.map(({ sessionId }) => sessionId);
    expect(finderAmong(three, ids.slice(0, 2)).finder.isFull()).toBe(false);
    expect(finderAmong(three, ids).finder.isFull()).toBe(true);
  });
});
