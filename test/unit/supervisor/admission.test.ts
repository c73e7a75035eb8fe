import { describe, expect, it } from "vitest";
import type { HostedGame } from "../../../src/game.ts";
import { newSessionId, toCrc32 } from "../../../src/shared/index.ts";
import { admit } from "../../../src/supervisor/admission.ts";
import { findShared, isUnderPressure } from "../../../src/supervisor/pressure.ts";
import type { Asker, Place } from "../../../src/supervisor/session.ts";

const LIMITS = { maxSessions: 8, perAddress: 6, unjoinedPerAddress: 2 };
const NOW = 100_000;

const udp = (address: string): Asker => ({ address, isProven: false });
const tcp = (address: string): Asker => ({ address, isProven: true });

function game(name: string): HostedGame {
  const core = { library: "/core.so" } as HostedGame["core"];
  return { name, core, content: `/${name}.bin`, crc: toCrc32(1) };
}

function place(address: string, overrides: Partial<Place> = {}): Place {
  return {
    sessionId: newSessionId(),
    game: game("played"),
    asker: udp(address),
    upSinceMs: NOW - 1_000,
    isEnding: false,
    wasJoined: false,
    hasHandshake: false,
    ...overrides,
  };
}

function places(count: number, overrides: Partial<Place> = {}): Place[] {
  return Array.from({ length: count }, (_, index) => place(`10.0.${index}.1`, overrides));
}

const decide = (asker: Asker | undefined, taken: readonly Place[], kept = 0) =>
  admit(asker, { places: taken, kept }, LIMITS, NOW);

describe("a session", () => {
  it("is opened while there are places", () => {
    expect(decide(udp("192.0.2.1"), places(5))).toEqual({ type: "open" });
    expect(decide(tcp("192.0.2.1"), places(7))).toEqual({ type: "open" });
  });

  it("is refused when all others have players, and when an address or its network has its share", () => {
    const refused = (reason: string) => ({ type: "refused", reason });
    expect(decide(tcp("192.0.2.1"), places(8, { wasJoined: true }))).toEqual(refused("max-sessions"));
    expect(decide(tcp("192.0.2.1"), places(7, { wasJoined: true }), 1)).toEqual(refused("max-sessions"));
    const own = Array.from({ length: 6 }, () => place("192.0.2.1"));
    expect(decide(udp("192.0.2.1"), own)).toEqual(refused("max-sessions-of-address"));
    const neighbours = Array.from({ length: 7 }, (_, index) => place(`192.0.2.${index}`));
    expect(decide(udp("192.0.2.99"), neighbours)).toEqual(refused("max-sessions-of-network"));
  });

  it("is delayed while too many hosts start, of one address or of all; some starts are only for proven addresses", () => {
    const starting = { upSinceMs: undefined };
    const later = { type: "refused", reason: "too-many-starts" };
    expect(
      decide(
        udp("10.0.0.1"),
        Array.from({ length: 4 }, () => place("10.0.0.1", starting)),
      ),
    ).toEqual(later);
    expect(decide(udp("192.0.2.1"), places(6, starting))).toEqual(later);
    expect(decide(tcp("192.0.2.1"), places(6, starting))).toEqual({ type: "open" });
  });

  it("without any player so far is replaced for another address, the oldest first, after some time", () => {
    const taken = places(8);
    expect(decide(tcp("192.0.2.1"), taken)).toEqual({ type: "refused", reason: "no-place-yet" });
    const old = place("10.0.9.1", { upSinceMs: NOW - 20_000 });
    const older = place("10.0.8.1", { upSinceMs: NOW - 25_000 });
    const withOld = [...taken.slice(2), old, older];
    expect(decide(tcp("192.0.2.1"), withOld)).toEqual({ type: "replace", sessionId: older.sessionId });
    expect(decide(tcp("10.0.8.1"), withOld)).toEqual({ type: "replace", sessionId: old.sessionId });
    const busy = withOld.map((each) => ({ ...each, wasJoined: each === older, hasHandshake: each === old }));
    expect(decide(tcp("192.0.2.1"), busy)).toEqual({ type: "refused", reason: "no-place-yet" });
  });

  it("without any player so far is replaced at once where its address has many of them, but never for its own address", () => {
    const greedy = Array.from({ length: 5 }, () => place("192.0.2.9"));
    const taken = [...places(3, { wasJoined: true }), ...greedy];
    expect(decide(udp("192.0.2.1"), taken)).toMatchObject({ type: "replace" });
    expect(decide(udp("192.0.2.9"), taken)).toEqual({ type: "refused", reason: "max-sessions" });
  });

  it("of a persistent room counts for no address and is never replaced", () => {
    const rooms = places(8, { asker: undefined, upSinceMs: 0 });
    expect(decide(tcp("192.0.2.1"), rooms)).toEqual({ type: "refused", reason: "max-sessions" });
    expect(decide(undefined, places(8, { upSinceMs: 0 }))).toMatchObject({ type: "replace" });
  });

  it("of a datagram leaves a quarter of the places to proven addresses and to players", () => {
    const fresh = places(6);
    expect(decide(udp("192.0.2.1"), fresh)).toEqual({ type: "refused", reason: "no-place-yet" });
    expect(decide(tcp("192.0.2.1"), fresh)).toEqual({ type: "open" });
    expect(decide(udp("192.0.2.1"), places(6, { wasJoined: true }))).toEqual({ type: "open" });
  });
});

describe("a session that nobody has joined yet", () => {
  const share = (asker: Asker, taken: readonly Place[], isSameGame = true) =>
    findShared({ asker, game: game(isSameGame ? "played" : "other") }, taken, LIMITS, NOW);

  it("is given to others who ask for the same game, the youngest first, while half of the places wait for a player", () => {
    const taken = places(4);
    expect(share(udp("192.0.2.1"), taken)).toBe(taken[3]?.sessionId);
    expect(share(udp("10.0.3.1"), taken)).toBe(taken[2]?.sessionId);
    expect(share(udp("192.0.2.1"), taken.slice(1))).toBeUndefined();
    expect(share(udp("192.0.2.1"), taken, false)).toBeUndefined();
    expect(share(tcp("192.0.2.1"), taken)).toBeUndefined();
  });

  it.each<[string, Partial<Place>]>([
    ["when it is not up", { upSinceMs: undefined }],
    ["when little time is left for another player", { upSinceMs: NOW - 5_000 }],
    ["when it ends", { isEnding: true }],
    ["when it is a player's already", { wasJoined: true }],
    ["when somebody is on the way into it", { hasHandshake: true }],
    ["when it was opened by quick join", { asker: tcp("10.0.9.1") }],
    ["when it is one of a room of the operator's", { asker: undefined }],
  ])("is not, %s", (_, overrides) => {
    const old = places(4, { upSinceMs: NOW - 9_000 });
    expect(share(udp("192.0.2.1"), [...old, place("10.0.9.1", overrides)])).toBeUndefined();
  });
});

describe("pressure", () => {
  it("begins when half of the places wait for a first player", () => {
    expect(isUnderPressure(places(3), LIMITS)).toBe(false);
    expect(isUnderPressure(places(4), LIMITS)).toBe(true);
    expect(isUnderPressure(places(8, { wasJoined: true }), LIMITS)).toBe(false);
    expect(isUnderPressure(places(8, { asker: tcp("10.0.0.1") }), LIMITS)).toBe(false);
  });
});
