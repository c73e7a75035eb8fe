import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { openCatalog, parseContentPath, contentArgument } from "../../../../src/catalog/index.ts";
import { toCrc32 } from "../../../../src/shared/index.ts";
import { buildZip } from "../../../unit/catalog/build-zip.ts";
import {
  core,
  createFixture,
  crcOf,
  extensionsOf,
  fbneo,
  gambatte,
  mgba,
  nestopia,
} from "../../../unit/catalog/catalog-fixture.ts";

const query = { core: "Nestopia", coreVersion: "", game: "", base: "", crc: toCrc32(0) };

describe("scanning a tree", () => {
  it("makes every known file hostable, and finds it by CRC and by name", async () => {
    const { write, scan, catalog, folder } = createFixture();
    const rally = write("nes/Rally (World).nes", "rally");
    write("gb/deep/er/Tennis.GB", "tennis");
    write("nes/readme.txt", "not a game");
    expect(await scan()).toEqual({
      added: 2,
      updated: 0,
      moved: 0,
      unchanged: 0,
      missing: 0,
      skipped: [],
      interrupted: false,
    });
    const found = catalog.find({ ...query, crc: crcOf("rally") }, [gambatte, nestopia]);
    expect(found).toMatchObject({
      ok: true,
      value: {
        core: nestopia,
        entry: {
          core: "Nestopia",
          path: rally,
          member: null,
          base: "Rally (World)",
          crc: crcOf("rally"),
          sizeBytes: 5,
        },
      },
    });
    expect(catalog.find({ ...query, core: "gambatte", base: "TENNIS" }, [gambatte])).toMatchObject({
      value: { entry: { path: path.join(folder, "gb/deep/er/Tennis.GB") } },
    });
    expect(catalog.find({ ...query, crc: crcOf("tennis") }, [nestopia])).toEqual({
      ok: false,
      reason: "unknown-game",
    });
  });

  it("lets several cores host one file, each under its own id", async () => {
    const { write, scan, catalog } = createFixture([gambatte, mgba]);
    write("a.gb", "a");
    await scan({ cores: [gambatte, mgba] });
    expect(catalog.list().map((entry) => entry.core)).toEqual(["Gambatte", "mGBA"]);
    expect(new Set(catalog.list().map((entry) => entry.id)).size).toBe(2);
  });

  it("assigns a file in a core's content folder to that core alone, also when the folder is nested in another one", async () => {
    const { write, scan, catalog, folder } = createFixture();
    write("mine/a.gb", "a");
    write("mine-too/b.gb", "b");
    await scan({ cores: [gambatte, core("mGBA", { content: [path.join(folder, "mine")] })] });
    const hosted = catalog.list().map(({ core: name, base }) => `${base} ${name}`);
    expect(hosted.sort()).toEqual(["a mGBA", "b Gambatte", "b mGBA"]);
  });

  it("takes every file of a content folder when the core has no info file", async () => {
    const { write, scan, catalog, folder } = createFixture();
    write("odd.xyz", "a");
    await scan({ cores: [core("Odd", { content: [folder] }), core("Other")] });
    expect(catalog.list()).toMatchObject([{ core: "Odd", base: "odd" }]);
  });

  it("obeys the named core, and refuses one that is not configured", async () => {
    const { write, scan, catalog, folder } = createFixture();
    write("a.gb", "a");
    const cores = [gambatte, mgba];
    await scan({ cores, core: "MGBA" });
    expect(catalog.list()).toMatchObject([{ core: "mGBA" }]);
    expect(await catalog.scan({ targets: [folder], cores, extensionsOf, core: "SNES" })).toEqual({
      ok: false,
      reason: "no core is named SNES: the configuration has Gambatte, mGBA",
    });
  });

  it("lists a zip's members with the CRC of its directory, under both names when there is one", async () => {
    const { write, scan, catalog } = createFixture();
    const file = write(
      "Outer.zip",
      buildZip([{ name: "in/Inner.nes", data: Buffer.from("inner"), deflate: true }, { name: "x.txt" }]),
    );
    await scan();
    for (const base of ["Inner", "Outer"]) {
      expect(catalog.find({ ...query, base }, [nestopia])).toMatchObject({
        value: {
          entry: { path: file, member: "in/Inner.nes", base: "Inner", crc: crcOf("inner"), sizeBytes: 5 },
        },
      });
    }
    const [entry] = catalog.list();
    expect(entry && contentArgument(entry)).toBe(`${file}#in/Inner.nes`);
    expect(entry && parseContentPath(contentArgument(entry))).toEqual({ path: file, member: "in/Inner.nes" });
  });

  it("takes an arcade set as it is, under its own CRC", async () => {
    const { write, scan, catalog } = createFixture([fbneo]);
    const set = buildZip([{ name: "a.rom", data: Buffer.from("rom") }]);
    write("rallyx.zip", set);
    await scan({ cores: [fbneo] });
    expect(catalog.list()).toMatchObject([{ member: null, base: "rallyx", crc: crcOf(set) }]);
    expect(
      catalog.find({ ...query, core: "FinalBurn Neo", base: "RallyX", crc: toCrc32(7) }, [fbneo]).ok,
    ).toBe(true);
  });

  it("reads no file twice when one folder is in another", async () => {
    const { write, scan, folder } = createFixture();
    write("nes/a.nes", "a");
    write("nes-hacks/b.nes", "b");
    const targets = [path.join(folder, "nes"), folder, `${folder}/`, path.join(folder, "nes-hacks")];
    expect(await scan({ targets })).toMatchObject({ added: 2, updated: 0 });
    expect(await scan({ targets: targets.slice(0, 1).concat(targets.slice(3)) })).toMatchObject({
      unchanged: 2,
    });
  });

  it("reports a target that is no folder", async () => {
    const { write, scan, folder } = createFixture();
    const file = write("a.nes", "a");
    const nowhere = path.join(folder, "nowhere");
    expect((await scan({ targets: [file, nowhere] })).skipped).toEqual([
      { path: file, reason: "not a folder: netplayd catalog add takes files" },
      { path: nowhere, reason: "no such file" },
    ]);
  });

  it("reads an unchanged tree by size and time alone", async () => {
    const { write, scan } = createFixture();
    const file = write("a.nes", "one");
    const when = new Date(1_600_000_000_000);
    utimesSync(file, when, when);
    await scan();
    writeFileSync(file, "two");
    utimesSync(file, when, when);
    expect(await scan()).toMatchObject({ added: 0, updated: 0, unchanged: 1 });
  });

  it("notices a changed file and keeps its id", async () => {
    const { write, scan, catalog } = createFixture();
    write("a.nes", "one");
    await scan();
    const before = catalog.list();
    write("a.nes", "a longer one");
    expect(await scan()).toMatchObject({ updated: 1, unchanged: 0 });
    expect(catalog.list()).toMatchObject([{ id: before[0]?.id, crc: crcOf("a longer one") }]);
  });

  it.each(["renamed", "copied and deleted"])("keeps the id of a file that was %s", async (how) => {
    const { write, scan, catalog, folder } = createFixture();
    const from = write("old/a.nes", "game");
    write("old/same.nes", "game");
    await scan();
    const id = catalog.list().find(({ base }) => base === "a")?.id;
    const to = path.join(folder, "new", "b.nes");
    mkdirSync(path.dirname(to));
    if (how === "renamed") {
      renameSync(from, to);
    } else {
      cpSync(from, to);
      utimesSync(to, 1, 1);
      rmSync(from);
    }
    expect(await scan()).toMatchObject({ moved: 1, added: 0, missing: 0, unchanged: 1 });
    expect(catalog.show(id ?? 0)).toMatchObject({ path: to, base: "b", missing: false });
    expect(catalog.find({ ...query, base: "b" }, [nestopia]).ok).toBe(true);
  });

  it("does not host a replaced file until it is scanned again, also when its size or its time is the same", async () => {
    const { write, scan, catalog } = createFixture();
    const file = write("a.nes", "game");
    utimesSync(file, 1, 1);
    await scan();
    const changed = { ok: false, reason: "content-changed" };
    write("a.nes", "gone");
    expect(catalog.find({ ...query, crc: crcOf("game") }, [nestopia])).toEqual(changed);
    write("a.nes", "another game");
    utimesSync(file, 1, 1);
    expect(catalog.find({ ...query, crc: crcOf("game") }, [nestopia])).toEqual(changed);
    await scan();
    expect(catalog.find({ ...query, crc: crcOf("another game") }, [nestopia]).ok).toBe(true);
  });

  it("marks a removed file as missing, refuses it, and hosts it again when it returns", async () => {
    const { write, scan, catalog, folder } = createFixture();
    const file = write("sub/a.nes", "game");
    await scan();
    renameSync(path.join(folder, "sub"), path.join(folder, "..", "away"));
    expect(catalog.find({ ...query, crc: crcOf("game") }, [nestopia])).toEqual({
      ok: false,
      reason: "content-missing",
    });
    expect(await scan()).toMatchObject({ missing: 1 });
    expect(catalog.list({ missing: true })).toMatchObject([{ path: file, missing: true }]);
    expect(catalog.find({ ...query, crc: crcOf("game") }, [nestopia])).toEqual({
      ok: false,
      reason: "content-missing",
    });
    expect(await scan()).toMatchObject({ missing: 0 });
    renameSync(path.join(folder, "..", "away"), path.join(folder, "sub"));
    expect(await scan()).toMatchObject({ unchanged: 1, added: 0 });
    expect(catalog.list()).toMatchObject([{ missing: false }]);
  });

  it("is seen by another process's catalog without opening it again", async () => {
    const { write, scan, file } = createFixture();
    const server = openCatalog(file);
    write("a.nes", "game");
    await scan();
    expect(server.ok && server.value.find({ ...query, crc: crcOf("game") }, [nestopia]).ok).toBe(true);
    if (server.ok) {
      server.value.close();
    }
  });

  it("follows links, visits nothing twice and ends in spite of loops", async () => {
    const { write, scan, catalog, folder } = createFixture();
    write("real/a.nes", "a");
    symlinkSync("..", path.join(folder, "real", "loop"));
    symlinkSync(path.join(folder, "real"), path.join(folder, "alias"));
    symlinkSync("self", path.join(folder, "self"));
    const elsewhere = path.join(folder, "..", "elsewhere");
    mkdirSync(elsewhere);
    writeFileSync(path.join(elsewhere, "b.nes"), "b");
    symlinkSync(elsewhere, path.join(folder, "linked"));
    symlinkSync(path.join(elsewhere, "b.nes"), path.join(folder, "c.nes"));
    const report = await scan();
    expect(catalog.list().map((entry) => path.relative(folder, entry.path))).toEqual([
      "real/a.nes",
      "linked/b.nes",
      "c.nes",
    ]);
    expect(report.skipped).toEqual([{ path: path.join(folder, "self"), reason: "a link to nowhere" }]);
  });

  it("skips pipes and names that are no UTF-8", async () => {
    const { write, scan, folder } = createFixture();
    write("a.nes", "a");
    execFileSync("mkfifo", [path.join(folder, "pipe.nes")]);
    writeFileSync(
      Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xe9]), Buffer.from(".nes")]),
      "latin-1",
    );
    mkdirSync(Buffer.concat([Buffer.from(`${folder}/folder `), Buffer.from([0xe9])]));
    const reason = "its name is not UTF-8: rename it";
    expect(await scan()).toMatchObject({ added: 1, skipped: [{ reason }, { reason }] });
  });

  it("ends at the signal and keeps what was read", async () => {
    const { write, scan, catalog } = createFixture();
    for (let index = 0; index < 300; index++) {
      write(`${index}.nes`, `game ${index}`);
    }
    const abort = new AbortController();
    const report = await scan({
      signal: abort.signal,
      onProgress: ({ filesDone }) => {
        if (filesDone > 0) {
          abort.abort();
        }
      },
    });
    expect(report.interrupted).toBe(true);
    expect(catalog.list()).toHaveLength(report.added);
    expect((await scan()).added + report.added).toBe(300);
  });

  it("keeps names in every script", async () => {
    const { write, scan, catalog } = createFixture();
    const names = [
      "星のカービィ",
      "Тетрис",
      "لعبة",
      "🎮 emoji",
      "e\u0301 combined",
      "tab\tnew\nline \u001b[31m",
      "'; DROP TABLE entries; --",
      "%s#1",
    ];
    for (const name of names) {
      write(`${name}.nes`, name);
    }
    await scan();
    expect(new Set(catalog.list().map((entry) => entry.base))).toEqual(new Set(names));
    for (const base of names) {
      expect(catalog.find({ ...query, base }, [nestopia])).toMatchObject({ value: { entry: { base } } });
    }
  });
});

describe("adding files", () => {
  it("takes a file of any extension for the named core", async () => {
    const { write, add, catalog } = createFixture();
    const file = write("homebrew.bin", "game");
    expect(await add([file])).toMatchObject({
      added: 0,
      skipped: [{ path: file, reason: "no configured core takes such files: name the core" }],
    });
    expect(await add([file], { core: "nestopia" })).toMatchObject({ added: 1, skipped: [] });
    expect(catalog.list()).toMatchObject([{ core: "Nestopia", base: "homebrew" }]);
  });

  it("reports files that cannot be added", async () => {
    const { add, folder } = createFixture();
    const nowhere = path.join(folder, "no.nes");
    expect((await add([folder, nowhere])).skipped).toEqual([
      { path: folder, reason: "is a folder: scan it instead" },
      { path: nowhere, reason: "no such file" },
    ]);
  });

  it("forgets an entry on demand and never uses its id again", async () => {
    const { write, add, catalog } = createFixture();
    await add([write("a.nes", "a")]);
    const id = catalog.list()[0]?.id ?? 0;
    expect(catalog.remove(id)).toBe(true);
    expect(catalog.remove(id)).toBe(false);
    await add([write("b.nes", "b")]);
    expect(catalog.list()[0]?.id).toBeGreaterThan(id);
  });

  it("brings back a forgotten entry when its file is added again", async () => {
    const { write, add, catalog } = createFixture();
    const file = write("a.nes", "a");
    await add([file]);
    catalog.remove(catalog.list()[0]?.id ?? 0);
    await add([file]);
    expect(catalog.list()).toHaveLength(1);
  });
});
