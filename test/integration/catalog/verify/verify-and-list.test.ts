import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  openCatalog,
  type AnnouncedGame,
  type Catalog,
  type VerifyOne,
} from "../../../../src/catalog/index.ts";
import { addPlays } from "../../../../src/catalog/plays/plays.ts";
import { fail, ok, systemClock, toCrc32 } from "../../../../src/shared/index.ts";
import { buildZip } from "../../../unit/catalog/build-zip.ts";
import { createFixture, crcOf, gambatte, mgba, nestopia } from "../../../unit/catalog/catalog-fixture.ts";

const query = { core: "Nestopia", coreVersion: "", game: "", base: "", crc: toCrc32(0) };
const cores = [nestopia, gambatte];

/** A host that announces the given game, with these changes. */
function hostThat(changes: Partial<AnnouncedGame> = {}): VerifyOne {
  return async (entry) =>
    Promise.resolve(ok({ core: entry.core, coreVersion: "1.52.0", crc: entry.crc, ...changes }));
}

describe("verifying games", () => {
  it("stores what the host announced, and lists broken games with the reason", async () => {
    const { write, scan, catalog } = createFixture();
    write("good.nes", "good");
    write("bios.nes", "bios");
    write("wrong.gb", "wrong");
    await scan();
    const verifyOne: VerifyOne = async (entry, core, signal) => {
      if (entry.base === "bios") {
        return fail("the BIOS disksys.rom is missing");
      }
      return hostThat(entry.base === "wrong" ? { core: "SameBoy" } : {})(entry, core, signal);
    };
    const report = await catalog.verify({ entries: catalog.list(), cores, verifyOne, clock: systemClock });
    expect(report).toMatchObject({ verified: 1, skipped: 0, interrupted: false });
    expect(catalog.list({ state: "broken" })).toMatchObject([
      { base: "bios", verification: { ok: false, reason: "the BIOS disksys.rom is missing" } },
      {
        base: "wrong",
        verification: {
          ok: false,
          reason: expect.stringContaining("the library is the core SameBoy") as string,
        },
      },
    ]);
    expect(catalog.list({ state: "verified" })).toMatchObject([
      { base: "good", verification: { ok: true, coreVersion: "1.52.0" } },
    ]);
    expect(catalog.list({ state: "hostable" })).toHaveLength(1);
  });

  it("compares the CRC, survives a host that throws, and tries no missing game", async () => {
    const { write, scan, catalog } = createFixture();
    write("a.nes", "a");
    await scan();
    const run = (verifyOne: VerifyOne, entries = catalog.list()) =>
      catalog.verify({ entries, cores, verifyOne, clock: systemClock });
    expect((await run(hostThat({ crc: toCrc32(1) }))).failures).toMatchObject([
      {
        reason: `the host announces the CRC 00000001, the catalog has ${crcOf("a").toString(16).toUpperCase().padStart(8, "0")}: scan again`,
      },
    ]);
    expect((await run(() => Promise.reject(new Error("spawn failed")))).failures).toMatchObject([
      { reason: "spawn failed" },
    ]);
    const gone = catalog.list().map((entry) => ({ ...entry, missing: true }));
    expect(await run(hostThat(), gone)).toMatchObject({ verified: 0, skipped: 1, failures: [] });
  });

  it("runs the given number of hosts at once, and ends at the signal without marking the game as broken", async () => {
    const { write, scan, catalog } = createFixture();
    for (let index = 0; index < 20; index++) {
      write(`${index}.nes`, String(index));
    }
    await scan();
    const abort = new AbortController();
    let running = 0;
    let most = 0;
    let done = 0;
    const report = await catalog.verify({
      entries: catalog.list(),
      cores,
      clock: systemClock,
      parallel: 3,
      signal: abort.signal,
      verifyOne: async (entry, core, signal) => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        if (++done > 9) {
          abort.abort();
        }
        return hostThat()(entry, core, signal);
      },
    });
    expect(most).toBe(3);
    expect(report).toMatchObject({ interrupted: true, failures: [] });
    expect(catalog.list({ state: "verified" })).toHaveLength(report.verified);
    expect(catalog.list({ state: "broken" })).toEqual([]);
  });

  it("does not count after a change of the content, and decides what is hosted with only-verified", async () => {
    const { write, scan, catalog, file } = createFixture();
    write("a.nes", "a");
    await scan();
    const strict = openCatalog(file, { onlyVerified: true });
    const find = (crc: ReturnType<typeof crcOf>): string => {
      const found = strict.ok && strict.value.find({ ...query, crc }, cores);
      return found === false ? "closed" : found.ok ? "found" : found.reason;
    };
    expect(find(crcOf("a"))).toBe("not-verified");
    await catalog.verify({ entries: catalog.list(), cores, verifyOne: hostThat(), clock: systemClock });
    expect(find(crcOf("a"))).toBe("found");
    write("a.nes", "changed");
    await scan();
    expect(catalog.list()).toMatchObject([{ state: "unverified", verification: null }]);
    expect(find(crcOf("changed"))).toBe("not-verified");
    if (strict.ok) {
      strict.value.close();
    }
  });
});

describe("a game whose CRC only a host can tell", () => {
  const seen = toCrc32(0xabcdef01);
  const verify = (catalog: Catalog, verifyOne: VerifyOne) =>
    catalog.verify({ entries: catalog.list(), cores, verifyOne, clock: systemClock });

  it("is not hosted before a host has announced it, and is found by that CRC afterwards", async () => {
    const { write, scan, catalog } = createFixture();
    write("game.nes", "game");
    write("game.xdelta", "a patch");
    expect((await scan()).skipped).toMatchObject([
      { reason: expect.stringMatching(/^game\.xdelta beside it .*netplayd catalog verify/) as string },
    ]);
    expect(catalog.list({ state: "broken" })).toMatchObject([
      { crcIsCertain: false, problem: expect.stringContaining("netplayd catalog verify asks one") as string },
    ]);
    expect(catalog.list({ state: "hostable" })).toEqual([]);
    expect(catalog.some("Nestopia", 5)).toEqual([]);
    expect(catalog.find({ ...query, base: "game" }, cores)).toMatchObject({ reason: "not-verified" });

    expect(await verify(catalog, hostThat({ crc: seen }))).toMatchObject({ verified: 1 });
    expect(catalog.list()).toMatchObject([{ crc: seen, state: "verified", problem: null }]);
    expect(catalog.find({ ...query, crc: seen }, cores)).toMatchObject({ value: { entry: { crc: seen } } });
    expect(await scan()).toMatchObject({ unchanged: 1 });
    expect(catalog.list()).toMatchObject([{ crc: seen }]);

    // A newer RetroArch may announce another CRC.
    const other = toCrc32(2);
    await verify(catalog, hostThat({ crc: other }));
    expect(catalog.list()).toMatchObject([{ crc: other, state: "verified" }]);

    write("game.xdelta", "another patch");
    await scan();
    expect(catalog.list()).toMatchObject([{ crc: 0, state: "broken" }]);
  });

  it("gets the CRC of a host that treats the patch differently from its info file", async () => {
    const { write, scan, catalog } = createFixture();
    write("game.nes", "0123456789");
    write("game.ips", "PATCH\0\0\0\0\u0001!EOF");
    await scan();
    const guess = crcOf("!123456789");
    expect(catalog.list()).toMatchObject([{ crc: guess, crcIsCertain: false, state: "unverified" }]);
    await verify(catalog, hostThat({ crc: crcOf("0123456789") }));
    expect(catalog.list()).toMatchObject([{ crc: crcOf("0123456789"), state: "verified" }]);
  });

  it("gets no CRC from a host that fails", async () => {
    const { write, scan, catalog } = createFixture();
    write("game.nes", "game");
    write("game.xdelta", "a patch");
    await scan();
    await verify(catalog, hostThat({ core: "SameBoy", crc: seen }));
    await verify(catalog, () => Promise.resolve(fail("broken image")));
    expect(catalog.list()).toMatchObject([{ crc: 0, state: "broken" }]);
  });

  it("is a member of more than 64 MiB, for a core that has it unpacked into a file, or may have", async () => {
    const { write, scan, catalog } = createFixture();
    const data = Buffer.alloc(100_000, 7);
    write("large.zip", buildZip([{ name: "large.nes", data, claimedBytes: 65 * 1024 ** 2 }]));
    write("small.zip", buildZip([{ name: "small.nes", data, claimedBytes: 64 * 1024 ** 2 }]));
    await scan({ needsFullPathOf: () => false });
    expect(catalog.list().map(({ crc }) => crc)).toEqual([crcOf(data), crcOf(data)]);
    for (const needsFullPath of [true, undefined]) {
      await scan({ needsFullPathOf: () => needsFullPath });
      expect(catalog.list()).toMatchObject([
        { base: "large", crc: 0, crcIsCertain: false },
        { base: "small", crc: crcOf(data), crcIsCertain: true },
      ]);
      await scan({ needsFullPathOf: () => false });
      expect(catalog.list()).toMatchObject([{ crc: crcOf(data) }, { crc: crcOf(data) }]);
    }
  });
});

describe("listing and showing", () => {
  it("finds parts of names without regard to case and accents, by core, system and state", async () => {
    const { write, scan, catalog } = createFixture([nestopia, gambatte, mgba]);
    write("Pokémon Été (Europe).gb", "p");
    write("Rally.nes", "r");
    await scan({ cores: [nestopia, gambatte, mgba] });
    const names = (filter: Parameters<typeof catalog.list>[0]) =>
      catalog.list(filter).map((entry) => `${entry.base} ${entry.core}`);
    expect(names({ name: "POKEMON ete" })).toEqual([
      "Pokémon Été (Europe) Gambatte",
      "Pokémon Été (Europe) mGBA",
    ]);
    expect(names({ name: "europe", core: "MGBA" })).toEqual(["Pokémon Été (Europe) mGBA"]);
    expect(names({ name: "rally", state: "missing" })).toEqual([]);
    expect(names({ system: "nintendo" })).toEqual([]);
    expect(names({ name: ".nes" })).toEqual(["Rally Nestopia"]);
  });

  it("shows names, CRCs, problems and how often a game was played", async () => {
    const { write, scan, catalog, file } = createFixture();
    const zip = buildZip([
      { name: "inner.nes", data: Buffer.from("x") },
      { name: "../out.nes", data: Buffer.from("y") },
    ]);
    write("Outer.zip", zip);
    await scan();
    const id = catalog.list()[0]?.id ?? 0;
    addPlays(file, [{ entryId: id, count: 1, lastMs: 1000 }]);
    addPlays(
      file,
      [id, id + 1].map((entryId) => ({ entryId, count: 1, lastMs: 2000 })),
    );
    expect(catalog.show(id)).toMatchObject({
      base: "inner",
      aliases: ["outer"],
      wholeCrc: crcOf("x"),
      headerlessCrc: null,
      fileProblems: ["member ../out.nes: its name leads out of the archive"],
      playCount: 2,
      lastPlayedMs: 2000,
      state: "unverified",
    });
    expect(catalog.show(id + 1)).toBeUndefined();
  });
});

describe("a backup", () => {
  it("is a catalog of its own, made while a scan writes", async () => {
    const { write, scan, catalog, folder } = createFixture();
    for (let index = 0; index < 200; index++) {
      write(`${index}.nes`, String(index));
    }
    const file = path.join(folder, "..", "backup.sqlite");
    const [, saved] = await Promise.all([scan(), catalog.backup(file)]);
    expect(saved).toEqual({ ok: true, value: undefined });
    const copy = openCatalog(file);
    expect(copy.ok).toBe(true);
    if (copy.ok) {
      copy.value.close();
    }
    expect(await catalog.backup(file)).toMatchObject({ ok: true });
    const again = openCatalog(file, { readonly: true });
    expect(again.ok && again.value.list()).toHaveLength(200);
    if (again.ok) {
      again.value.close();
    }
  });

  it("never overwrites the catalog, nor a good backup with a failed one", async () => {
    const { write, scan, catalog, file, folder } = createFixture();
    write("a.nes", "a");
    await scan();
    expect(await catalog.backup(file)).toMatchObject({
      ok: false,
      reason: `${file} is the catalog itself: name another file`,
    });
    const nowhere = path.join(folder, "no", "backup.sqlite");
    expect(await catalog.backup(nowhere)).toMatchObject({
      ok: false,
      reason: expect.stringContaining("cannot write the backup") as string,
    });
    const occupied = path.join(folder, "occupied");
    mkdirSync(path.join(occupied, "x"), { recursive: true });
    expect(await catalog.backup(occupied)).toMatchObject({ ok: false });
    expect(readFileSync(file).length).toBeGreaterThan(0);
  });
});
