import type { GameQuery } from "../../../../src/game.ts";
import { describe, expect, it } from "vitest";
import { chooseEntry, type MatchCandidate, type Lookups } from "../../../../src/catalog/queries/find-game.ts";
import { chooseCore } from "../../../../src/catalog/queries/serving-cores.ts";
import { foldName, toCrc32 } from "../../../../src/shared/index.ts";
import { core } from "../catalog-fixture.ts";

describe("the core of a request", () => {
  const cores = [
    core("Nestopia", { library: "old.so", versions: ["1.50*", " 1.51 "] }),
    core("Nestopia", { library: "new.so", versions: ["1.5?.0"] }),
    core("bsnes (performance) [+]", { library: "bsnes.so", versions: ["v1.0+(x)"] }),
  ];

  it.each([
    { asked: "Nestopia", version: "1.50.3", hosts: "old.so" },
    { asked: "nESTOPIA", version: "1.51", hosts: "old.so" },
    { asked: "Nestopia", version: "1.52.0 ", hosts: "new.so" },
    { asked: "Nestopia", version: "", hosts: "old.so" },
    { asked: "Nestopia", version: "   ", hosts: "old.so" },
    { asked: "Nestopia", version: "1.52.1", hosts: "core-version" },
    { asked: "Nestopia", version: "1.5", hosts: "core-version" },
    { asked: "Nestopia", version: "11.50", hosts: "core-version" },
    { asked: "BSNES (performance) [+]", version: "v1.0+(x)", hosts: "bsnes.so" },
    { asked: "bsnes (performance) [+]", version: "v1.00(x)", hosts: "core-version" },
    { asked: "Nestopia UE", version: "1.51", hosts: "unknown-core" },
    { asked: "", version: "", hosts: "unknown-core" },
  ])("$asked in version '$version' is hosted by $hosts", ({ asked, version, hosts }) => {
    const chosen = chooseCore({ core: asked, coreVersion: version }, cores);
    expect(chosen.ok ? chosen.value.library : chosen.reason).toBe(hosts);
  });

  it("takes the first of several that match", () => {
    const both = [core("A", { library: "1.so" }), core("a", { library: "2.so" })];
    expect(chooseCore({ core: "A", coreVersion: "9" }, both)).toMatchObject({ value: { library: "1.so" } });
  });
});

interface Game extends MatchCandidate {
  readonly id: string;
  readonly crc: number;
  readonly alias?: string;
}

function game(id: string, crc: number, base: string, more: Partial<Game> = {}): Game {
  return { id, crc, baseKey: foldName(base), missing: 0, ...more };
}

/** The catalog as a list. */
function lookupsOver(games: readonly Game[]): Lookups<Game> {
  return {
    byCrc: (_core, crc) => games.filter((candidate) => candidate.crc === crc),
    byName: (_core, key) => [
      ...games.filter(({ baseKey }) => baseKey === key),
      ...games.filter(({ alias }) => alias === key),
    ],
  };
}

describe("the entry of a request", () => {
  const lookups = lookupsOver([
    game("first", 0xaa, "Rally (Europe)"),
    game("second", 0xaa, "Rally (World)"),
    game("other", 0xbb, "Über Rally", { alias: "uber rally (1990)" }),
    game("gone", 0xcc, "Lost", { missing: 1 }),
    game("copy", 0xcc, "Lost copy"),
    game("only gone", 0xdd, "Vanished", { missing: 1 }),
  ]);
  const ask = (query: Partial<GameQuery> & { crc?: GameQuery["crc"] }, match: "crc" | "name" = "crc") =>
    chooseEntry(
      { core: "X", coreVersion: "", game: "", base: "", crc: toCrc32(0), ...query },
      core("X", { match }),
      lookups,
    )?.id;

  it.each([
    { title: "one CRC", query: { crc: toCrc32(0xbb) }, expected: "other" },
    { title: "the first of several with the CRC", query: { crc: toCrc32(0xaa) }, expected: "first" },
    {
      title: "the one with the base name among several",
      query: { crc: toCrc32(0xaa), base: "RALLY (WORLD)" },
      expected: "second",
    },
    {
      title: "the first when no base name fits",
      query: { crc: toCrc32(0xaa), base: "Tennis" },
      expected: "first",
    },
    {
      title: "none for an unknown CRC, whatever the names say",
      query: { crc: toCrc32(0xee), base: "Lost copy" },
      expected: undefined,
    },
    { title: "the base name without a CRC", query: { base: "rally (world)" }, expected: "second" },
    {
      title: "the base name before the game name",
      query: { base: "Rally (World)", game: "Lost copy" },
      expected: "second",
    },
    {
      title: "the game name when the base name is unknown",
      query: { base: "x", game: "Lost Copy" },
      expected: "copy",
    },
    { title: "accents however they are composed", query: { base: "U\u0308ber Rally" }, expected: "other" },
    { title: "another name of the game", query: { game: "Uber Rally (1990)" }, expected: "other" },
    { title: "nothing for nothing", query: {}, expected: undefined },
    {
      title: "a file that is there before one that is gone",
      query: { crc: toCrc32(0xcc) },
      expected: "copy",
    },
    {
      title: "a file that is gone when there is no other",
      query: { crc: toCrc32(0xdd) },
      expected: "only gone",
    },
  ])("is $title", ({ query, expected }) => {
    expect(ask(query)).toBe(expected);
  });

  it("ignores the CRC for a core that matches by name", () => {
    expect(ask({ crc: toCrc32(0xbb), base: "Rally (World)" }, "name")).toBe("second");
    expect(ask({ crc: toCrc32(0xbb), base: "x" }, "name")).toBeUndefined();
  });
});
