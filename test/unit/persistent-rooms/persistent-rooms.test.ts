import type { GameQuery, HostedGame } from "../../../src/game.ts";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config.ts";
import { PersistentRooms, type RoomSessions } from "../../../src/persistent-rooms/index.ts";
import type { PersistentRoom } from "../../../src/room-config.ts";
import { createMemoryLogger } from "../../../src/logging/index.ts";
import { fail, newSessionId, ok, toCrc32, type Result } from "../../../src/shared/index.ts";
import { StandingClock } from "../../helpers/netplay-clock.ts";

const parsed = parseConfig("cores: [{ name: Fake, library: fake.so }]", "/");
const [core] = parsed.ok ? parsed.value.cores : [];
if (core === undefined) {
  throw new Error("the configuration has a core");
}
const game: HostedGame = { core, name: "Game", content: "/game.bin", crc: toCrc32(0xdeadbeef) };

function roomOf(overrides: Partial<PersistentRoom> = {}): PersistentRoom {
  const room = { name: "A", core: "Fake", game: "Game", password: null, spectatePassword: null } as const;
  return { ...room, id: newSessionId(), maxClients: 8, keep: "on-demand", ...overrides };
}

/** One session at a time, which hosts until the test ends it. */
class World implements RoomSessions {
  readonly clock = new StandingClock();
  readonly wanted: GameQuery[] = [];
  readonly requesters: string[] = [];
  found: Result<HostedGame, string> = ok(game);
  broken: Error | undefined;
  opens: Result<undefined, string> = ok(undefined);
  stage: "starting" | "up" | "ending" | undefined;
  #gone: (() => void)[] = [];
  readonly memory = createMemoryLogger("info");

  roomsOf(...rooms: PersistentRoom[]) {
    const { clock } = this;
    const { logger } = this.memory;
    const find = (wanted: GameQuery): Result<HostedGame, string> => {
      this.wanted.push(wanted);
      if (this.broken !== undefined) {
        throw this.broken;
      }
      return this.found;
    };
    return new PersistentRooms(rooms, { clock, logger, find, sessions: this });
  }

  current() {
    return this.stage === undefined ? undefined : { stage: this.stage, game };
  }

  open(_game: HostedGame, _room: PersistentRoom, requester: string) {
    this.requesters.push(requester);
    this.stage = this.opens.ok ? "up" : undefined;
    return Promise.resolve(this.opens);
  }

  whenOpened() {
    return Promise.resolve(this.opens);
  }

  whenGone() {
    return this.stage === undefined
      ? Promise.resolve()
      : new Promise<void>((resolve) => this.#gone.push(resolve));
  }

  async die(): Promise<void> {
    this.stage = undefined;
    this.#gone.splice(0).forEach((resolve) => {
      resolve();
    });
    await settled();
  }

  async pass(ms: number): Promise<void> {
    this.clock.pass(ms);
    await settled();
  }

  logged(message: string): unknown[] {
    return this.memory.lines.filter(({ msg }) => msg === message).map(({ reason }) => reason);
  }
}

/** Lets all settled promises run on. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("a room that is always on", () => {
  it("is opened at the start and again after its host died, with a growing pause, and with a short one after a long session", async () => {
    const world = new World();
    const rooms = world.roomsOf(roomOf({ keep: "always" }));
    rooms.begin();
    await settled();
    expect(world.requesters).toEqual(["always on"]);
    for (const [index, pauseMs] of [1_000, 2_000, 4_000].entries()) {
      await world.die();
      await world.pass(pauseMs - 1);
      expect(world.requesters).toHaveLength(index + 1);
      await world.pass(1);
      expect(world.requesters).toHaveLength(index + 2);
    }
    await world.pass(60_000);
    await world.die();
    await world.pass(1_000);
    expect(world.requesters).toHaveLength(5);
    rooms.stop();
  });

  it("is tried again when the catalog could not be read", async () => {
    const world = new World();
    world.broken = new Error("disk I/O error");
    const rooms = world.roomsOf(roomOf({ keep: "always" }));
    rooms.begin();
    await settled();
    expect(world.logged("the room could not be opened, and is tried again")).toHaveLength(1);
    world.broken = undefined;
    await world.pass(1_000);
    expect(world.requesters).toEqual(["always on"]);
    rooms.stop();
  });

  it("whose game is missing is tried again at least every minute, reported once, and opened as soon as the game exists", async () => {
    const world = new World();
    world.found = fail("unknown-game");
    const room = roomOf({ keep: "always" });
    const rooms = world.roomsOf(room);
    rooms.begin();
    await settled();
    expect(rooms.problemOf(room)).toBe("unknown-game");
    for (let minute = 0; minute < 10; minute++) {
      await world.pass(60_000);
    }
    expect(world.logged("the room cannot be hosted")).toEqual(["unknown-game"]);
    expect(world.memory.lines[0]?.advice).toContain("netplayd catalog scan");
    world.found = ok(game);
    await world.pass(60_000);
    expect(world.requesters).toEqual(["always on"]);
    expect(rooms.problemOf(room)).toBeUndefined();
    expect(world.logged("the room can be hosted now")).toHaveLength(1);
    rooms.stop();
  });

  it("is not opened again when the server stops", async () => {
    const world = new World();
    const rooms = world.roomsOf(roomOf({ keep: "always" }));
    rooms.begin();
    await settled();
    rooms.stop();
    await world.die();
    await world.pass(600_000);
    expect(world.requesters).toHaveLength(1);
    expect(world.clock.pendingTimers).toBe(0);
  });
});

describe("a room on demand", () => {
  it("is opened by the first client, for its version of the core; later ones find it open or wait for it", async () => {
    const world = new World();
    const room = roomOf();
    const rooms = world.roomsOf(room);
    rooms.begin();
    expect(world.requesters).toEqual([]);
    expect(await rooms.open(room, "1.53", "192.0.2.1:5000")).toEqual(ok(undefined));
    expect(world.wanted.at(-1)?.coreVersion).toBe("1.53");
    world.stage = "starting";
    expect(await rooms.open(room, "1.53", "192.0.2.2:5000")).toEqual(ok(undefined));
    expect(world.requesters).toEqual(["192.0.2.1:5000"]);
  });

  it("that is ending is opened again when its session is gone", async () => {
    const world = new World();
    const room = roomOf();
    const rooms = world.roomsOf(room);
    world.stage = "ending";
    const opening = rooms.open(room, "", "192.0.2.1:5000");
    await settled();
    expect(world.requesters).toEqual([]);
    await world.die();
    expect(await opening).toEqual(ok(undefined));
    expect(world.requesters).toHaveLength(1);
  });

  it("without a game is reported at the start; a player's core of another version is not", async () => {
    const world = new World();
    world.found = fail("content-missing");
    const room = roomOf();
    const rooms = world.roomsOf(room);
    rooms.begin();
    expect(world.logged("the room cannot be hosted")).toEqual(["content-missing"]);
    world.found = fail("core-version");
    expect(await rooms.open(room, "0.1", "192.0.2.1:5000")).toEqual(fail("core-version"));
    expect(world.logged("the room cannot be hosted")).toEqual(["content-missing"]);
  });

  it("remembers why its host did not start until it does", async () => {
    const world = new World();
    const room = roomOf();
    const rooms = world.roomsOf(room);
    world.opens = fail("start-failed");
    await rooms.open(room, "", "192.0.2.1:5000");
    expect(rooms.problemOf(room)).toBe("start-failed");
    world.opens = ok(undefined);
    await rooms.open(room, "", "192.0.2.1:5000");
    expect(rooms.problemOf(room)).toBeUndefined();
  });
});

describe("the game of a room", () => {
  it("is looked up by its CRC when the text looks like one, then by its names", () => {
    const world = new World();
    const rooms = world.roomsOf();
    world.found = fail("unknown-game");
    rooms.gameOf(roomOf({ game: "DEADBEEF" }), "1.0");
    rooms.gameOf(roomOf({ game: "Paddle Rally" }), "");
    expect(world.wanted).toEqual([
      { core: "Fake", coreVersion: "1.0", crc: 0xdeadbeef, game: "", base: "" },
      { core: "Fake", coreVersion: "1.0", crc: 0, game: "DEADBEEF", base: "DEADBEEF" },
      { core: "Fake", coreVersion: "", crc: 0, game: "Paddle Rally", base: "Paddle Rally" },
    ]);
  });
});
