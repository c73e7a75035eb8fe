import type { HostedGame } from "../../../src/game.ts";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config.ts";
import type { JoinRequest } from "../../../src/join-request.ts";
import { createPersistentRoomMatchmaker, type MatchmakingParts } from "../../../src/matchmaking/index.ts";
import type { PersistentRoom } from "../../../src/room-config.ts";
import { fail, newSessionId, ok, toCrc32, type Result } from "../../../src/shared/index.ts";
import { request as anyRequest } from "./join-request.ts";

const parsed = parseConfig(
  "cores: [{ name: Fake, library: fake.so }, { name: Sets, library: s.so, match: name }]",
  "/",
);
const [core, sets] = parsed.ok ? parsed.value.cores : [];
if (core === undefined || sets === undefined) {
  throw new Error("the configuration has two cores");
}
const game: HostedGame = { core, name: "Game", content: "/game.bin", crc: toCrc32(1) };
const room: PersistentRoom = {
  id: newSessionId(),
  name: "Friday",
  core: "fake",
  game: "Game",
  password: null,
  spectatePassword: null,
  maxClients: 8,
  keep: "on-demand",
};
const locked = { ...room, password: "tulip" };
const request: JoinRequest = { ...anyRequest, coreVersion: "1.0" };

interface Situation {
  readonly game?: Result<HostedGame, string>;
  readonly gameOf?: MatchmakingParts["persistent"]["gameOf"];
  readonly opens?: Result<undefined, string>;
  readonly up?: boolean;
  readonly canOpen?: boolean;
  readonly kicked?: boolean;
  readonly hasSlot?: boolean;
}

/** `opened` has the core versions for which the room was opened. */
function matchmakerOf(which: PersistentRoom, situation: Situation = {}) {
  const opened: string[] = [];
  const parts: Parameters<typeof createPersistentRoomMatchmaker>[1] = {
    persistent: {
      all: [which],
      isUp: () => situation.up ?? false,
      gameOf: situation.gameOf ?? (() => situation.game ?? ok(game)),
      open: (_, coreVersion, requester) => {
        opened.push(`${coreVersion} ${requester}`);
        return Promise.resolve(situation.opens ?? ok(undefined));
      },
    },
    sessions: {
      all: () => [],
      whenOpened: () => Promise.resolve(fail("none")),
      openFor: () => Promise.resolve(fail("none")),
      canOpen: () => true,
      canOpenRoom: () => situation.canOpen ?? true,
      hasSlotFor: () => situation.hasSlot ?? true,
      isKicked: () => situation.kicked ?? false,
    },
    versionOf: (_, library) => (library === core?.library ? "1.5" : ""),
  };
  return { matchmaker: createPersistentRoomMatchmaker(which, parts), opened };
}

describe("a client that comes to a persistent room by its id", () => {
  it("gets into it, with a host that is opened for its version", async () => {
    const { matchmaker, opened } = matchmakerOf(room);
    expect(await matchmaker.place(request, () => true)).toEqual(ok({ sessionId: room.id, mayPlay: true }));
    expect(opened).toEqual(["1.0 192.0.2.1:5000"]);
  });

  it("needs a password for a locked one, and may only do what that allows", async () => {
    const { matchmaker, opened } = matchmakerOf(locked);
    expect(await matchmaker.place(request, () => true)).toEqual(fail({ reason: "wrong-password" }));
    const elsewhere = [{ sessionId: newSessionId(), mayPlay: true }];
    expect(await matchmaker.place({ ...request, passes: elsewhere }, () => true)).toEqual(
      fail({ reason: "wrong-password" }),
    );
    expect(opened).toEqual([]);
    const passes = [{ sessionId: room.id, mayPlay: false }];
    expect(await matchmaker.place({ ...request, passes }, () => true)).toEqual(ok(passes[0]));
  });

  it.each<[string, Partial<JoinRequest>, Situation, string, unknown]>([
    [
      "another core",
      { coreName: "Other" },
      {},
      "wrong-core",
      { coreName: "fake", coreVersion: "1.5", crc: 1 },
    ],
    [
      "another core, while the game is not there",
      { coreName: "Other" },
      { game: fail("unknown-game") },
      "wrong-core",
      { coreName: "fake", coreVersion: "", crc: 0 },
    ],
    [
      "another game",
      { crc: toCrc32(2) },
      {},
      "wrong-content",
      { coreName: "Fake", coreVersion: "1.0", crc: 1 },
    ],
    [
      "a version that nothing fits",
      {},
      { game: fail("core-version") },
      "core-version",
      { coreName: "another fake", coreVersion: "", crc: 0 },
    ],
    ["whatever, while the game is not there", {}, { game: fail("unknown-game") }, "unknown-game", undefined],
  ])("with %s opens nothing and is shown the difference", async (_, said, situation, reason, show) => {
    const { matchmaker, opened } = matchmakerOf(room, situation);
    expect(await matchmaker.place({ ...request, ...said }, () => true)).toEqual(
      fail(show === undefined ? { reason } : { reason, show }),
    );
    expect(opened).toEqual([]);
  });

  it("is shown the version that would host the room when its own fits no build", async () => {
    const gameOf = (_: PersistentRoom, version: string) => (version === "" ? ok(game) : fail("core-version"));
    const { matchmaker } = matchmakerOf(room, { gameOf });
    const show = { coreName: "another fake", coreVersion: "1.5", crc: 0 };
    expect(await matchmaker.place(request, () => true)).toEqual(fail({ reason: "core-version", show }));
  });

  it("with another core gets no build for the version of that core", async () => {
    const versions: string[] = [];
    const { matchmaker } = matchmakerOf(room, {
      gameOf: (_, version) => {
        versions.push(version);
        return ok(game);
      },
    });
    await matchmaker.place({ ...request, coreName: "Other", coreVersion: "7.0" }, () => true);
    expect(versions).toEqual([""]);
  });

  it("is turned away when the room cannot be hosted, or is full by then, and is led nowhere else", async () => {
    const down = matchmakerOf(room, { opens: fail("start-failed") });
    expect(await down.matchmaker.place(request, () => true)).toEqual(fail({ reason: "start-failed" }));
    expect(down.opened).toHaveLength(1);
    const full = matchmakerOf(room, { up: true, hasSlot: false });
    expect(await full.matchmaker.place(request, () => true)).toEqual(fail({ reason: "full" }));
    const filled = matchmakerOf(room, { up: true });
    expect(await filled.matchmaker.place(request, () => false)).toEqual(fail({ reason: "full" }));
  });

  it("may ask for the room's game", () => {
    expect(matchmakerOf(room).matchmaker.loaded()).toEqual({ coreName: "fake", coreVersion: "1.5", crc: 1 });
    const missing = matchmakerOf(room, { game: fail("unknown-game") });
    expect(missing.matchmaker.loaded()).toEqual({ coreName: "fake", coreVersion: "", crc: 0 });
  });

  it.each([
    ["sets", { ...game, core: { ...sets, name: "Fake" } }],
    ["content of unknown CRC", { ...game, crc: toCrc32(0) }],
  ])("may have any CRC when the room hosts %s", async (_, hosted) => {
    const { matchmaker } = matchmakerOf(room, { game: ok(hosted) });
    expect((await matchmaker.place({ ...request, crc: toCrc32(7) }, () => true)).ok).toBe(true);
  });

  it.each<[Situation, string | undefined]>([
    [{}, undefined],
    [{ canOpen: false }, "full"],
    [{ up: true, canOpen: false }, undefined],
    [{ up: true, hasSlot: false }, "full"],
    [{ up: true, kicked: true, hasSlot: false }, "denied"],
  ])("in the situation %j hears %j", (situation, objection) => {
    expect(matchmakerOf(room, situation).matchmaker.objection("192.0.2.1")).toBe(objection);
  });
});
