import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { createDatWriter } from "../../../../src/catalog/dat/dat-store.ts";
import { toCrc32 } from "../../../../src/shared/index.ts";
import { buildZip, type ZipMember } from "../../../unit/catalog/build-zip.ts";
import { core, createFixture, crcOf, nestopia } from "../../../unit/catalog/catalog-fixture.ts";
import { packSevenZip, sevenZip } from "../../../unit/catalog/seven-zip.ts";
import { logiqx } from "../logiqx.ts";

const query = { core: "Nestopia", coreVersion: "", game: "", base: "", crc: toCrc32(0) };
const hex = (data: string | Buffer): string => crcOf(data).toString(16);

describe("importing a DAT", () => {
  it("gives canonical names, regions and systems, by which requests and the list find games", async () => {
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

  it("names files that are scanned or changed later by the same DAT", async () => {
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

  it("recognises a game without its header, and another size as another game", async () => {
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

  it("recognises them in the next scan when a scan is interrupted while it reads archives", async () => {
    const { write, scan, catalog } = createFixture();
    await catalog.importDat({ file: write("a.dat", headerless(body, "Headerless")) });
    write("a.zip", buildZip([{ name: "x.nes", data: Buffer.concat([ines, body]) }]));
    const abort = new AbortController();
    const cutOff = await scan({
      signal: abort.signal,
      onProgress: ({ filesDone }) => {
        if (filesDone === 1) {
          setImmediate(() => {
            abort.abort();
          });
        }
      },
    });
    expect(cutOff).toMatchObject({ added: 1, interrupted: true });
    expect(catalog.list()).toMatchObject([{ name: "x" }]);
    expect(await scan()).toMatchObject({ unchanged: 1, interrupted: false });
    expect(catalog.list()).toMatchObject([{ name: "Headerless" }]);
  });

  it("skips members that have no header, or cannot be unpacked", async () => {
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

  it.each([
    ["in the middle", 500],
    ["at the end", 2000],
  ])(
    "fails when another import of the same DAT begins %s, and leaves the earlier import unchanged",
    async (_, when) => {
      const { write, scan, catalog, file } = createFixture();
      write("a.nes", "one");
      await scan();
      const game = `<game name="G"><rom name="x" crc="${hex("one")}"/></game>`;
      await catalog.importDat({ file: write("old.dat", logiqx("A", game)) });
      const other = new Database(file);
      let began = false;
      const imported = await catalog.importDat({
        file: write("new.dat", logiqx("A", game.repeat(2000))),
        onProgress: ({ games }) => {
          if (games >= when && !began) {
            began = true;
            createDatWriter(other, { name: "A", version: "2" }, 0);
          }
        },
      });
      other.close();
      expect(imported).toMatchObject({
        ok: false,
        reason: expect.stringMatching(/imported by somebody else, this import changed nothing$/) as string,
      });
      expect(catalog.list()).toMatchObject([{ name: "G" }]);
      await catalog.importDat({ file: write("next.dat", logiqx("B", game.replace("one", "two"))) });
      expect(catalog.list()).toMatchObject([{ name: "G" }]);
    },
  );

  it("distinguishes clrmamepro text and XML by their first bytes, not by the file's name", async () => {
    const { write, catalog } = createFixture();
    const text = 'clrmamepro ( name "Sega - X" ) game ( name "G" rom ( name g crc 1 ) )';
    expect(await catalog.importDat({ file: write("x.xml", text) })).toMatchObject({
      value: { system: "Sega - X", games: 1 },
    });
  });
});
