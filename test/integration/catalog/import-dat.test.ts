import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/index.ts";
import { toCrc32 } from "../../../src/shared/index.ts";
import { buildZip, type ZipMember } from "../../unit/catalog/build-zip.ts";
import { core, createFixture, crcOf, fbneo, nestopia } from "../../unit/catalog/catalog-fixture.ts";
import { sevenZip } from "../../unit/catalog/seven-zip.ts";

const query = { core: "Nestopia", coreVersion: "", game: "", base: "", crc: toCrc32(0) };
const hex = (data: string | Buffer): string => crcOf(data).toString(16);

function packSevenZip(archive: string, files: readonly string[], cwd: string): void {
  execFileSync(sevenZip ?? "7zz", ["a", "-bso0", "-bsp0", archive, ...files], { cwd });
}

function logiqx(name: string, games: string): string {
  return `<?xml version="1.0"?><datafile><header><name>${name}</name><version>1</version></header>${games}</datafile>`;
}

describe("importing a DAT", () => {
  it("gives canonical names, regions and systems, which requests and the list know", async () => {
    const { write, scan, catalog } = createFixture();
    write("rly.nes", "rally");
    const dat = write(
      "nes.dat",
      logiqx(
        "Nintendo - NES (2024)",
        `<game name="Rally (Europe)"><rom name="Rally File (Europe).nes" size="5" crc="${hex("rally")}"/></game>`,
      ),
    );
    await scan();
    expect(await catalog.importDat({ file: dat })).toEqual({
      ok: true,
      value: {
        name: "Nintendo - NES (2024)",
        system: "Nintendo - NES",
        version: "1",
        games: 1,
        roms: 1,
        named: 1,
        replaced: false,
        skipped: [],
      },
    });
    expect(catalog.list()).toMatchObject([
      { name: "Rally (Europe)", region: "Europe", system: "Nintendo - NES", base: "rly" },
    ]);
    for (const base of ["rly", "RALLY (europe)", "rally file (europe)"]) {
      expect(catalog.find({ ...query, base }, [nestopia]).ok).toBe(true);
    }
    expect(catalog.find({ ...query, game: "Rally (Europe)" }, [nestopia]).ok).toBe(true);
  });

  it("names what is scanned later, and what changed, by the same DAT", async () => {
    const { write, scan, catalog } = createFixture();
    const games = ["one", "two"].map(
      (text) => `<game name="Game ${text}"><rom name="x" crc="${hex(text)}"/></game>`,
    );
    await catalog.importDat({ file: write("a.dat", logiqx("A", games.join(""))) });
    write("a.nes", "one");
    await scan();
    expect(catalog.list()).toMatchObject([{ name: "Game one" }]);
    write("a.nes", "two");
    write("a.ips", "");
    await scan();
    expect(catalog.list()).toMatchObject([{ name: "Game two" }]);
    expect(catalog.find({ ...query, base: "game one" }, [nestopia]).ok).toBe(false);
  });

  it("recognises a game behind its header, and another size as another game", async () => {
    const { write, scan, catalog } = createFixture();
    const body = "the game itself";
    write("a.nes", Buffer.concat([Buffer.from("NES\u001a".padEnd(16, "\0")), Buffer.from(body)]));
    write("b.nes", "plain");
    await scan();
    const games = `<game name="Headerless"><rom name="h.nes" size="${body.length}" crc="${hex(body)}"/></game>
      <game name="Collision"><rom name="c.nes" size="99" crc="${hex("plain")}"/></game>`;
    await catalog.importDat({ file: write("a.dat", logiqx("A", games)) });
    expect(catalog.list().map(({ name }) => name)).toEqual(["b", "Headerless"]);
  });

  const ines = Buffer.from("NES\u001a".padEnd(16, "\0"));
  const headerless = (body: Buffer, name: string): string =>
    logiqx(
      "A",
      `<game name="${name}"><rom name="h" size="${body.length}" crc="${hex(body)}"/></game>
       <game name="Other"><rom name="o" size="5" crc="${hex("other")}"/></game>`,
    );
  const body = Buffer.from(Array.from({ length: 40_960 }, (_, index) => (index * index * 7) % 251));
  const copied = Buffer.concat([Buffer.alloc(512, 3), body]);

  it.each<[string, ZipMember]>([
    ["stored", { name: "x.nes", data: Buffer.concat([ines, body]) }],
    ["deflated", { name: "in a folder/x.nes", data: Buffer.concat([ines, body]), deflate: true }],
    [
      "with its sizes behind its data",
      { name: "x.nes", data: Buffer.concat([ines, body]), dataDescriptor: true },
    ],
    [
      "of another system",
      { name: "x.fds", data: Buffer.concat([Buffer.from("FDS\u001a".padEnd(16, "\0")), body]) },
    ],
  ])("recognises a member behind its header: %s", async (_title, member) => {
    const { write, scan, catalog } = createFixture();
    write("a.zip", buildZip([{ name: "other.nes", data: Buffer.from("other") }, member]));
    await scan();
    expect(catalog.list().map(({ name }) => name)).toEqual(["other", "x"]);
    await catalog.importDat({ file: write("a.dat", headerless(body, "Headerless")) });
    expect(catalog.list().map(({ name }) => name)).toEqual(["Headerless", "Other"]);
    const [game] = catalog.list();
    expect(catalog.show(game?.id ?? 0)).toMatchObject({
      headerlessCrc: crcOf(body),
      wholeCrc: crcOf(member.data ?? body),
    });
  });

  const title = "recognises members that are scanned after it, a copier's header and a .7z's members too";
  it.runIf(sevenZip !== undefined)(title, async () => {
    const { write, scan, catalog, folder } = createFixture([core("Snes9x"), nestopia]);
    await catalog.importDat({ file: write("a.dat", headerless(body, "Headerless")) });
    write("sfc.zip", buildZip([{ name: "x.smc", data: copied, deflate: true }]));
    write("first.nes", "first");
    write("in 7z.nes", Buffer.concat([ines, body]));
    packSevenZip(path.join(folder, "nes.7z"), ["first.nes", "in 7z.nes"], folder);
    await scan({ extensionsOf: ({ name }) => (name === "Snes9x" ? ["smc"] : ["nes"]) });
    expect(catalog.list().map(({ name, path: file }) => [path.basename(file), name])).toEqual([
      ["first.nes", "first"],
      ["nes.7z", "first"],
      ["in 7z.nes", "Headerless"],
      ["nes.7z", "Headerless"],
      ["sfc.zip", "Headerless"],
    ]);
  });

  it("leaves members alone that have no header, or cannot be unpacked", async () => {
    const { write, scan, catalog } = createFixture();
    const torn = buildZip([{ name: "torn.nes", data: Buffer.concat([ines, body]), deflate: true }]);
    torn.fill(0xff, 40, 60);
    write("torn.zip", torn);
    write("plain.zip", buildZip([{ name: "plain.nes", data: body }]));
    await catalog.importDat({
      file: write("a.dat", logiqx("A", `<game name="G"><rom name="g" crc="1"/></game>`)),
    });
    await scan();
    for (const { id } of catalog.list()) {
      expect(catalog.show(id)).toMatchObject({ headerlessCrc: null });
    }
  });

  it("replaces an earlier import of the same DAT", async () => {
    const { write, scan, catalog } = createFixture();
    write("a.nes", "one");
    await scan();
    const rom = `<rom name="x" crc="${hex("one")}"/>`;
    await catalog.importDat({ file: write("1.dat", logiqx("A (1)", `<game name="Old">${rom}</game>`)) });
    expect(
      await catalog.importDat({ file: write("2.dat", logiqx("A (2)", `<game name="New">${rom}</game>`)) }),
    ).toMatchObject({
      value: { replaced: true, named: 1 },
    });
    expect(catalog.list()).toMatchObject([{ name: "New" }]);
    expect(catalog.find({ ...query, base: "old" }, [nestopia]).ok).toBe(false);
    expect(
      await catalog.importDat({ file: write("3.dat", logiqx("A", `<game name="Other"/>`)) }),
    ).toMatchObject({
      value: { replaced: true, named: 0 },
    });
    expect(catalog.list()).toMatchObject([{ name: "a" }]);
  });

  it("changes nothing when the file is broken, missing or interrupted", async () => {
    const { write, scan, catalog, folder } = createFixture();
    write("a.nes", "one");
    await scan();
    const game = `<game name="G"><rom name="x" crc="${hex("one")}"/></game>`;
    const good = write("good.dat", logiqx("A", game));
    await catalog.importDat({ file: good });
    const broken = write("broken.dat", logiqx("A", game.repeat(5000)).slice(0, -5));
    expect(await catalog.importDat({ file: broken })).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/broken\.dat is no usable DAT: line 1: /) as string,
    });
    const nowhere = path.join(folder, "nowhere.dat");
    expect(await catalog.importDat({ file: nowhere })).toEqual({
      ok: false,
      reason: `${nowhere}: no such file`,
    });
    expect(await catalog.importDat({ file: write("empty.dat", "") })).toMatchObject({ ok: false });
    expect(await catalog.importDat({ file: folder })).toMatchObject({ ok: false });
    const abort = new AbortController();
    const interrupted = await catalog.importDat({
      file: write("long.dat", logiqx("A", game.repeat(50_000))),
      signal: abort.signal,
      onProgress: () => {
        abort.abort();
      },
    });
    expect(interrupted).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/interrupted, nothing was changed/) as string,
    });
    expect(catalog.list()).toMatchObject([{ name: "G" }]);
  });

  it("tells clrmamepro text and XML apart by their first bytes, whatever the file is called", async () => {
    const { write, catalog } = createFixture();
    const text = 'clrmamepro ( name "Sega - X" ) game ( name "G" rom ( name g crc 1 ) )';
    expect(await catalog.importDat({ file: write("x.xml", text) })).toMatchObject({
      value: { system: "Sega - X", games: 1 },
    });
  });
});

describe("arcade sets", () => {
  const dat = logiqx(
    "FBNeo",
    `<game name="neogeo" isbios="yes"><description>Neo-Geo</description><rom name="bios.rom" crc="${hex("bios")}"/></game>
     <game name="parent" romof="neogeo"><description>The Parent</description><rom name="p.rom" crc="${hex("p")}"/><rom name="bios.rom" merge="bios.rom" crc="${hex("bios")}"/></game>
     <game name="clone" cloneof="parent" romof="parent"><description>The Clone</description><rom name="c.rom" crc="${hex("c")}"/><rom name="p.rom" merge="p.rom" crc="${hex("p")}"/><rom name="bios.rom" merge="bios.rom" crc="${hex("bios")}"/></game>`,
  );
  const zipSet = (target: string, files: readonly string[]): void => {
    writeFileSync(target, buildZip(files.map((data) => ({ name: `${data}.rom`, data: Buffer.from(data) }))));
  };
  const sevenZipSet = (target: string, files: readonly string[]): void => {
    const folder = mkdtempSync(path.join(path.dirname(target), "set-"));
    const names = files.map((data) => {
      writeFileSync(path.join(folder, `${data}.rom`), data);
      return `${data}.rom`;
    });
    rmSync(target, { force: true });
    packSevenZip(target, names, folder);
    rmSync(folder, { recursive: true });
  };
  const problemsOf = (catalog: Catalog): unknown =>
    Object.fromEntries(catalog.list().map(({ base, problem }) => [base, problem]));

  it.each([
    ["zip", zipSet],
    ["7z", sevenZipSet],
  ])(
    "in a .%s are named by their set, and report the parent, BIOS or file that they lack",
    async (kind, pack) => {
      const { write, scan, catalog, folder } = createFixture([fbneo]);
      const set = (name: string, ...files: string[]): void => {
        pack(path.join(folder, `${name}.${kind}`), files);
      };
      const problems = (): unknown => problemsOf(catalog);
      set("clone", "c");
      set("whole", "c");
      await catalog.importDat({ file: write("fbneo.dat", dat) });
      await scan({ cores: [fbneo] });
      expect(problems()).toEqual({
        clone: `needs parent.${kind} and neogeo.${kind} beside it`,
        whole: null,
      });
      set("parent", "p");
      await scan({ cores: [fbneo] });
      const needsBios = `needs neogeo.${kind} beside it`;
      expect(problems()).toMatchObject({ clone: needsBios, parent: needsBios });
      set("neogeo", "bios");
      set("clone", "x");
      await scan({ cores: [fbneo] });
      expect(problems()).toMatchObject({
        clone: "lacks the file c.rom",
        parent: null,
        neogeo: "is a BIOS, not a game",
      });
      set("clone", "c", "p", "bios");
      await scan({ cores: [fbneo] });
      expect(problems()).toMatchObject({ clone: null });
      expect(catalog.list().map(({ name }) => name)).toEqual(["Neo-Geo", "The Clone", "The Parent", "whole"]);
      expect(catalog.find({ ...query, core: "FinalBurn Neo", base: "clone" }, [fbneo]).ok).toBe(true);
    },
  );

  it("find their parent and BIOS in either kind of archive", async () => {
    const { write, scan, catalog, folder } = createFixture([fbneo]);
    zipSet(path.join(folder, "clone.zip"), ["c"]);
    sevenZipSet(path.join(folder, "parent.7z"), ["p"]);
    zipSet(path.join(folder, "neogeo.zip"), ["bios"]);
    await scan({ cores: [fbneo] });
    await catalog.importDat({ file: write("fbneo.dat", dat) });
    expect(problemsOf(catalog)).toMatchObject({ clone: null, parent: null, neogeo: "is a BIOS, not a game" });
    await catalog.importDat({ file: write("fbneo.dat", dat.replace(hex("c"), hex("another"))) });
    expect(problemsOf(catalog)).toMatchObject({ clone: "lacks the file c.rom" });
  });

  it("that cannot be opened say so", async () => {
    const { write, scan, catalog } = createFixture([fbneo]);
    write("clone.zip", "no zip at all");
    write("parent.7z", "no 7z at all");
    await catalog.importDat({ file: write("fbneo.dat", dat) });
    await scan({ cores: [fbneo] });
    expect(problemsOf(catalog)).toEqual({
      clone: expect.stringMatching(/^not a usable zip: /) as string,
      parent: expect.stringMatching(/^not a usable 7z: /) as string,
    });
  });

  it("in a .7z are listed once, and without 7-Zip reported until it is there", async () => {
    const { write, scan, catalog, folder } = createFixture([fbneo]);
    const set = (name: string, ...files: string[]): void => {
      sevenZipSet(path.join(folder, `${name}.7z`), files);
    };
    const file = write("fbneo.dat", dat);
    set("clone", "x");
    await catalog.importDat({ file });
    await scan({ cores: [fbneo] });
    set("parent", "y");
    set("neogeo", "bios");
    const lacks = { clone: "lacks the file c.rom", parent: "lacks the file p.rom" };
    const { PATH } = process.env;
    try {
      process.env.PATH = "/nowhere";
      const skipped = [{ path: "2 .7z sets", reason: expect.stringContaining("install 7-Zip") as string }];
      expect(await scan({ cores: [fbneo] })).toMatchObject({ added: 2, skipped });
      expect(problemsOf(catalog)).toMatchObject({ clone: lacks.clone, parent: null });
      expect(await scan({ cores: [fbneo] })).toMatchObject({ unchanged: 3, skipped });
      expect(await catalog.importDat({ file })).toMatchObject({ value: { skipped } });
    } finally {
      process.env.PATH = PATH;
    }
    expect(await scan({ cores: [fbneo] })).toMatchObject({ unchanged: 3, skipped: [] });
    expect(problemsOf(catalog)).toMatchObject(lacks);
  });

  it("are compared by the next scan when one was cut off before", async () => {
    const { write, scan, catalog, folder } = createFixture([fbneo]);
    zipSet(path.join(folder, "clone.zip"), ["x"]);
    await catalog.importDat({ file: write("fbneo.dat", dat) });
    const abort = new AbortController();
    const report = await scan({
      cores: [fbneo],
      signal: abort.signal,
      // When everything was read and stored.
      onProgress: ({ filesDone }) => {
        if (filesDone === 1) {
          abort.abort();
        }
      },
    });
    expect(report).toMatchObject({ added: 1, interrupted: true });
    expect(catalog.list()).toMatchObject([{ name: "clone", problem: null }]);
    await scan({ cores: [fbneo] });
    expect(catalog.list()).toMatchObject([
      { name: "The Clone", problem: "needs parent.zip and neogeo.zip beside it" },
    ]);
  });
});
