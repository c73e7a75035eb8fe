import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config.ts";
import { createMatchmaker, type MatchmakingParts } from "../../../src/matchmaking/index.ts";
import type { PersistentRoom } from "../../../src/room-config.ts";
import { fail, formatAddress, newSessionId, ok, toCrc32, type SessionId } from "../../../src/shared/index.ts";
import { StandingClock } from "../../helpers/netplay-clock.ts";
import { request } from "./join-request.ts";

const parsed = parseConfig(
  "cores: [{ name: Fake, library: fake.so }, { name: Fake, library: newer.so }]",
  "/",
);
const [core, newer] = parsed.ok ? parsed.value.cores : [];
if (core === undefined || newer === undefined) {
  throw new Error("the configuration has two cores");
}
const game = { core, name: "Game", content: "/game.bin", crc: toCrc32(1) };

type Persistent = MatchmakingParts["persistent"];
type Sessions = MatchmakingParts["sessions"];
type Session = ReturnType<Sessions["all"]>[number];

function session(overrides: Partial<Session> = {}): Session {
  return {
    sessionId: newSessionId(),
    game,
    passwordHash: undefined,
    room: undefined,
    stage: "up",
    ...overrides,
  };
}

const noPersistentRooms: Persistent = {
  all: [],
  isUp: () => false,
  gameOf: () => fail("none"),
  open: () => Promise.resolve(fail("none")),
};

/** There are none, and none can be opened. */
const noSessions: Sessions = {
  all: () => [],
  whenOpened: () => Promise.resolve(fail("start-failed")),
  openFor: () => Promise.resolve(fail("max-sessions")),
  canOpen: () => false,
  canOpenRoom: () => false,
  hasSlotFor: () => false,
  isKicked: () => false,
};

const parts: MatchmakingParts = {
  clock: new StandingClock(),
  find: () => ok(game),
  asksPassword: false,
  persistent: noPersistentRooms,
  sessions: noSessions,
  cores: [core, newer],
  otherCrc: () => undefined,
  versionOf: () => "",
};

function persistentRoom(overrides: Partial<PersistentRoom> = {}): PersistentRoom {
  const room = { name: "A", core: "Fake", game: "Game", password: null, spectatePassword: null } as const;
  return { ...room, id: newSessionId(), maxClients: 8, keep: "on-demand", ...overrides };
}

/** These rooms of the one game; those in `up` have a session already. */
function persistentRooms(
  all: readonly PersistentRoom[],
  up: readonly PersistentRoom[] = [],
): Persistent & { opened: string[] } {
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

/** A matchmaker for these sessions. Opening makes a session that starts; `ready` lets it host. */
function matchmakerAmong(
  sessions: Session[],
  full: readonly SessionId[] = [],
  persistent: Persistent = noPersistentRooms,
) {
  const ready: (() => void)[] = [];
  const opened: string[] = [];
  const promises = new Map<SessionId, Promise<unknown>>();
  const matchmaker = createMatchmaker({
    ...parts,
    persistent,
    sessions: {
      ...noSessions,
      all: () => sessions,
      whenOpened: async (id) => ok(await promises.get(id)),
      openFor: async ({ address, port, passwordHash }) => {
        const sessionId = newSessionId();
        opened.push(formatAddress(address, port));
        sessions.push(session({ sessionId, passwordHash, stage: "starting" }));
        const at = sessions.length - 1;
        const started = new Promise<void>((resolve) => {
          ready.push(() => {
            sessions[at] = session({ sessionId, passwordHash });
            resolve();
          });
        });
        promises.set(sessionId, started);
        await started;
        return ok({ sessionId });
      },
      canOpen: () => sessions.length < 3,
      hasSlotFor: (id) => !full.includes(id),
    },
  });
  return { matchmaker, ready, opened };
}

describe("the room of a player who quick-joins", () => {
  it("is one of that game with a free slot", async () => {
    const taken = session();
    const otherGame = session({ game: { ...game, content: "/other.bin" } });
    const otherBuild = session({ game: { ...game, core: newer } });
    const ending = session({ stage: "ending" });
    const free = session();
    const { matchmaker, opened } = matchmakerAmong(
      [taken, otherGame, otherBuild, ending, free],
      [taken.sessionId],
    );
    expect(await matchmaker.place(request, () => true)).toEqual(
      ok({ sessionId: free.sessionId, mayPlay: true }),
    );
    expect(opened).toEqual([]);
  });

  it("is opened once for all players who come before it is ready", async () => {
    const { matchmaker, ready, opened } = matchmakerAmong([]);
    const all = [
      matchmaker.place({ ...request, address: "2001:db8::1" }, () => true),
      matchmaker.place(request, () => true),
      matchmaker.place(request, () => true),
    ];
    await Promise.resolve();
    expect(ready).toHaveLength(1);
    ready[0]?.();
    const [first, ...others] = await Promise.all(all);
    expect(others).toEqual([first, first]);
    expect(opened).toEqual(["[2001:db8::1]:5000"]);
  });

  it("is only one of the same password", async () => {
    const open = session();
    const named = session({ passwordHash: "a" });
    const { matchmaker } = matchmakerAmong([open, named]);
    expect(await matchmaker.place({ ...request, passwordHash: "a" }, () => true)).toEqual(
      ok({ sessionId: named.sessionId, mayPlay: true }),
    );
    expect(await matchmaker.place(request, () => true)).toEqual(
      ok({ sessionId: open.sessionId, mayPlay: true }),
    );
  });

  it("does not exist when the game is unknown, or no session can be opened", async () => {
    const unknown = createMatchmaker({ ...parts, find: () => fail("unknown-game") });
    expect(await unknown.place(request, () => true)).toEqual(fail({ reason: "unknown-game" }));
    const full = createMatchmaker(parts);
    expect(await full.place(request, () => true)).toEqual(fail({ reason: "max-sessions" }));
    expect(full.objection("192.0.2.1")).toBe("full");
  });

  it("is looked for again when it has filled up meanwhile, a few times", async () => {
    const sessions = [session(), session()];
    const full: SessionId[] = [];
    const { matchmaker, ready, opened } = matchmakerAmong(sessions, full);
    const entered: SessionId[] = [];
    const placed = matchmaker.place(request, ({ sessionId }) => {
      entered.push(sessionId);
      full.push(sessionId);
      return entered.length === 3;
    });
    expect(await eventuallyOpened(opened, 1)).toHaveLength(1);
    ready[0]?.();
    expect(await placed).toEqual(ok({ sessionId: sessions[2]?.sessionId, mayPlay: true }));
    expect(entered).toEqual(sessions.map(({ sessionId }) => sessionId));
    let tries = 0;
    const never = matchmakerAmong([session()]).matchmaker.place(request, () => ++tries === 0);
    expect(await never).toEqual(fail({ reason: "full" }));
    expect(tries).toBe(8);
  });

  it("is entered at once when it is up, before anybody else can take its last slot", () => {
    const one = session();
    let entered = 0;
    void matchmakerAmong([one]).matchmaker.place(request, () => ++entered > 0);
    expect(entered).toBe(1);
  });

  it("is possible while a session has a slot or may be opened", () => {
    const one = session();
    expect(matchmakerAmong([one], [one.sessionId]).matchmaker.objection("")).toBeUndefined();
    const three = [session(), session(), session()];
    const ids = three.map(({ sessionId }) => sessionId);
    expect(matchmakerAmong(three, ids.slice(0, 2)).matchmaker.objection("")).toBeUndefined();
    expect(matchmakerAmong(three, ids).matchmaker.objection("")).toBe("full");
  });
});

describe("a persistent room of the game", () => {
  const pass = (room: PersistentRoom, mayPlay = true): ReturnType<typeof ok> =>
    ok({ sessionId: room.id, mayPlay });

  it("comes before all other rooms, running ones first, and is opened for the player's version if none runs", async () => {
    const [asleep, up] = [persistentRoom({ name: "asleep" }), persistentRoom({ name: "up" })];
    const rooms = persistentRooms([asleep, up], [up]);
    const all = [session(), session({ sessionId: up.id, room: "up" })];
    expect(await matchmakerAmong(all, [], rooms).matchmaker.place(request, () => true)).toEqual(pass(up));
    expect(rooms.opened).toEqual([]);
    expect(await matchmakerAmong(all, [up.id], rooms).matchmaker.place(request, () => true)).toEqual(
      pass(asleep),
    );
    expect(rooms.opened).toEqual(["asleep for 1"]);
  });

  it("that is full, or of another game or build, is not used: the player gets another room", async () => {
    const room = persistentRoom();
    const other = session();
    const full = matchmakerAmong([other], [room.id], persistentRooms([room], [room]));
    expect(await full.matchmaker.place(request, () => true)).toEqual(
      ok({ sessionId: other.sessionId, mayPlay: true }),
    );
    const elsewhere = { ...persistentRooms([room], [room]), gameOf: () => ok({ ...game, core: newer }) };
    expect(await matchmakerAmong([other], [], elsewhere).matchmaker.place(request, () => true)).toEqual(
      ok({ sessionId: other.sessionId, mayPlay: true }),
    );
  });

  it("that cannot be hosted leaves the player to the next one, however many there are", async () => {
    const other = session();
    const rooms = persistentRooms(Array.from({ length: 10 }, () => persistentRoom()));
    let tries = 0;
    const open: Persistent["open"] = () => {
      tries++;
      return Promise.resolve(fail("start-failed"));
    };
    const { matchmaker } = matchmakerAmong([other], [], { ...rooms, open });
    expect(await matchmaker.place(request, () => true)).toEqual(
      ok({ sessionId: other.sessionId, mayPlay: true }),
    );
    expect(tries).toBe(10);
  });

  it("of another core is not looked up for the version of the player's core", async () => {
    const asked: string[] = [];
    const rooms = persistentRooms([
      persistentRoom({ name: "other", core: "Other" }),
      persistentRoom({ core: "FAKE" }),
    ]);
    const gameOf: Persistent["gameOf"] = (room) => {
      asked.push(room.name);
      return ok(game);
    };
    await matchmakerAmong([], [], { ...rooms, gameOf }).matchmaker.place(request, () => true);
    expect(asked).toEqual(["A"]);
  });

  it("with a password is only for players with that password", async () => {
    const room = persistentRoom({ password: "tulip" });
    const up = session({ sessionId: room.id, room: "A" });
    const { matchmaker, opened } = matchmakerAmong([up], [], persistentRooms([room], [room]));
    expect(
      await matchmaker.place(
        {
          ...request,
          passwordHash: "h",
          passes: [{ sessionId: room.id, mayPlay: false }],
        },
        () => true,
      ),
    ).toEqual(pass(room, false));
    expect(opened).toEqual([]);
    void matchmaker.place(request, () => true);
    void matchmaker.place({ ...request, passwordHash: "another" }, () => true);
    expect(await eventuallyOpened(opened, 2)).toHaveLength(2);
  });

  it("without a password is not for players with a password: that names their room", async () => {
    const room = persistentRoom();
    const { matchmaker, opened } = matchmakerAmong([], [], persistentRooms([room], [room]));
    void matchmaker.place({ ...request, passwordHash: "h" }, () => true);
    expect(await eventuallyOpened(opened, 1)).toHaveLength(1);
  });

  it("with a password that is full is reported as full: its password leads to no other room", async () => {
    const room = persistentRoom({ password: "tulip" });
    const { matchmaker } = matchmakerAmong([], [room.id], persistentRooms([room], [room]));
    const passes = [{ sessionId: room.id, mayPlay: true }];
    expect(await matchmaker.place({ ...request, passwordHash: "h", passes }, () => true)).toEqual(
      fail({ reason: "full" }),
    );
  });
});

async function eventuallyOpened(opened: readonly string[], count: number): Promise<readonly string[]> {
  for (let turn = 0; turn < 10 && opened.length < count; turn++) {
    await Promise.resolve();
  }
  return opened;
}
