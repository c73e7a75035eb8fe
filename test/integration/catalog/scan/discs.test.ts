import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { ScanOptions } from "../../../../src/catalog/index.ts";
import { buildZip } from "../../../unit/catalog/build-zip.ts";
import { core, createFixture, createRecordingReader, crcOf } from "../../../unit/catalog/catalog-fixture.ts";

const cue = 'FILE "game (1).bin" BINARY\nFILE "game (2).bin" BINARY\n';
const cores = [core("PCSX"), core("Genesis")];
const options: Partial<ScanOptions> = {
  extensionsOf: ({ name }) => (name === "PCSX" ? ["cue", "gdi", "bin", "m3u"] : ["md", "bin"]),
  needsFullPathOf: () => true,
};

/** A folder with a disc of two tracks, a cartridge with the ending .bin, and a playlist. */
function createDisc() {
  const fixture = createFixture(cores);
  const { write } = fixture;
  const tracks = [write("disc/game (1).bin", "one"), write("disc/game (2).bin", "two")] as const;
  const sheet = write("disc/game.cue", cue);
  write("disc/cartridge.bin", "cartridge");
  write("game.m3u", "disc/game.cue\n");
  const { reader, read } = createRecordingReader();
  return {
    ...fixture,
    sheet,
    tracks,
    scan: (more: Partial<ScanOptions> = {}) => fixture.scan({ ...options, reader, ...more }),
    read,
    names: () =>
      fixture.catalog
        .list({ core: "PCSX" })
        .filter(({ missing }) => !missing)
        .map(({ path: file }) => path.basename(file))
        .sort(),
  };
}

describe("a disc of several files", () => {
  it("is one game: its tracks are no games, are not read, and are recognised in the next scan without the sheet", async () => {
    const { catalog, scan, names, read } = createDisc();
    expect(await scan()).toMatchObject({ added: 3, skipped: [] });
    expect(read.splice(0).sort()).toEqual(["cartridge.bin", "game.cue", "game.m3u"]);
    expect(names()).toEqual(["cartridge.bin", "game.cue", "game.m3u"]);
    expect(catalog.list({ core: "Genesis" })).toMatchObject([{ base: "cartridge" }]);
    expect(catalog.list({ name: "game.cue" })).toMatchObject([{ crc: crcOf(cue), problem: null }]);
    expect(await scan()).toMatchObject({ added: 0, updated: 0, unchanged: 3, missing: 0, skipped: [] });
    expect(read).toEqual([]);
    expect(names()).toEqual(["cartridge.bin", "game.cue", "game.m3u"]);
  });

  it("turns its tracks into games when the sheet is removed, and back when it returns", async () => {
    const { write, scan, names, sheet } = createDisc();
    await scan();
    rmSync(sheet);
    await scan();
    expect(names()).toEqual(["cartridge.bin", "game (1).bin", "game (2).bin", "game.m3u"]);
    write("disc/game.cue", cue);
    await scan();
    expect(names()).toEqual(["cartridge.bin", "game.cue", "game.m3u"]);
  });

  it("names its missing file until that exists", async () => {
    const { catalog, write, scan, sheet, tracks } = createDisc();
    await scan();
    rmSync(tracks[1]);
    const reason = "names game (2).bin, which is not there";
    expect((await scan()).skipped).toEqual([{ path: sheet, reason }]);
    expect(catalog.list({ state: "broken" })).toMatchObject([{ base: "game", path: sheet, problem: reason }]);
    expect(await scan()).toMatchObject({ updated: 0, skipped: [{ path: sheet, reason }] });
    rmSync(tracks[0]);
    expect((await scan()).skipped).toEqual([
      { path: sheet, reason: "names 2 files that are not there, among them game (1).bin" },
    ]);
    write("disc/game (1).bin", "one");
    write("disc/game (2).bin", "two");
    expect((await scan()).skipped).toEqual([]);
    expect(catalog.list({ state: "broken" })).toEqual([]);
  });

  const inFolders = {
    "disc.cue": 'FILE "tracks/01.bin" BINARY\nFILE "tracks/deep er/02.bin" BINARY\nFILE "here.bin" BINARY\n',
    "disc.gdi":
      '3\n1 0 4 2352 tracks/01.bin 0\n2 756 0 2352 "tracks\\deep er\\02.bin" 0\n3 9 4 2352 here.bin 0\n',
  };

  it.each(Object.entries(inFolders))("may have its tracks in folders below: %s", async (name, text) => {
    const { write, scan, read, catalog, folder } = createDisc();
    const games = (): string[] =>
      catalog
        .list({ core: "Genesis", missing: false })
        .map(({ path: file }) => path.relative(path.join(folder, "below"), file))
        .filter((file) => !file.startsWith(".."))
        .sort();
    const sheet = write(`below/${name}`, text);
    const tracks = ["below/tracks/01.bin", "below/tracks/deep er/02.bin", "below/here.bin"];
    for (const track of tracks) {
      write(track, track);
    }
    write("below/tracks/cartridge.bin", "cartridge");
    await scan();
    expect(games()).toEqual(["tracks/cartridge.bin"]);
    expect(read.splice(0)).not.toContain("01.bin");
    expect(await scan()).toMatchObject({ added: 0, updated: 0, missing: 0, skipped: [] });
    expect(read).toEqual([]);
    // Also when the scan does not read the sheet.
    const target = path.join(folder, "below/tracks/deep er");
    expect(await scan({ targets: [target] })).toMatchObject({ added: 0, updated: 0, unchanged: 0 });

    rmSync(path.join(folder, "below/tracks/deep er/02.bin"));
    const reason = "names 02.bin, which is not there";
    const rescanned = await scan();
    expect(rescanned.skipped).toEqual([{ path: sheet, reason }]);
    write("below/tracks/deep er/02.bin", "again");
    expect((await scan()).skipped).toEqual([]);
    expect(games()).toEqual(["tracks/cartridge.bin"]);

    rmSync(sheet);
    expect(await scan({ targets: [target] })).toMatchObject({ added: 0, updated: 1 });
    await scan();
    expect(games()).toEqual(["here.bin", "tracks/01.bin", "tracks/cartridge.bin", "tracks/deep er/02.bin"]);
    write(`below/${name}`, text);
    await scan();
    expect(games()).toEqual(["tracks/cartridge.bin"]);
  });

  it("changes no file outside its own folder: a game there stays a game, and is not read by the scan", async () => {
    const { write, scan, catalog, folder } = createFixture([core("Genesis")]);
    const outside = path.join(folder, "..", "outside.bin");
    writeFileSync(outside, "not ours");
    write("nes/game.bin", "a game");
    const named = ["../nes/game.bin", "../../outside.bin", outside];
    write("discs/disc.cue", named.map((file) => `FILE "${file}" BINARY\n`).join(""));
    expect(await scan(options)).toMatchObject({ added: 1, skipped: [] });
    expect(catalog.list()).toMatchObject([{ base: "game", core: "Genesis" }]);
    expect(await scan(options)).toMatchObject({ unchanged: 1, updated: 0 });
  });

  it("is checked at the new place of its sheet when only that moves", async () => {
    const { scan, sheet, folder, catalog } = createDisc();
    await scan();
    const [before] = catalog.list({ core: "PCSX", name: "game.cue" });
    const moved = path.join(folder, "moved.cue");
    renameSync(sheet, moved);
    expect((await scan()).skipped).toContainEqual({
      path: moved,
      reason: "names 2 files that are not there, among them game (1).bin",
    });
    expect(catalog.list({ core: "PCSX", name: "moved.cue" })).toMatchObject([
      { id: before?.id, state: "broken" },
    ]);
  });

  it("is reported as missing by the playlist that names it", async () => {
    const { scan, sheet, folder, catalog } = createDisc();
    await scan();
    rmSync(sheet);
    const playlist = path.join(folder, "game.m3u");
    const problem = "names game.cue, which is not there";
    expect((await scan()).skipped).toEqual([{ path: playlist, reason: problem }]);
    expect(catalog.list({ name: "game.m3u" })).toMatchObject([{ state: "broken", problem }]);
  });

  it("differs from a playlist, whose discs are games of their own", async () => {
    const { catalog, write, scan } = createDisc();
    const playlist = write("two.m3u", "disc/game.cue\ndisc/second.cue\n");
    expect((await scan()).skipped).toEqual([
      { path: playlist, reason: "names second.cue, which is not there" },
    ]);
    expect(catalog.list({ core: "PCSX", state: "hostable" }).map(({ base }) => base)).toEqual([
      "cartridge",
      "game",
      "game",
    ]);
  });

  it("has its tracks recognised although no core takes the sheet", async () => {
    const { write, scan, catalog } = createFixture([core("Genesis")]);
    write("game (1).bin", "one");
    write("game.cue", 'FILE "game (1).bin" BINARY\n');
    write("cartridge.bin", "cartridge");
    expect(await scan(options)).toMatchObject({ added: 1, skipped: [] });
    expect(catalog.list()).toMatchObject([{ base: "cartridge" }]);
    expect(await scan(options)).toMatchObject({ added: 0, updated: 0, unchanged: 1 });
  });

  it("is not hosted from an archive, because RetroArch unpacks only one file of it", async () => {
    const { write, scan, catalog } = createFixture(cores);
    const files = [
      { name: "game.cue", data: Buffer.from(cue) },
      { name: "game (1).bin", data: Buffer.from("one") },
      { name: "cartridge.md", data: Buffer.from("md") },
    ];
    const zip = write("game.zip", buildZip(files));
    expect((await scan(options)).skipped).toEqual([
      { path: zip, reason: expect.stringMatching(/^holds a disc of several files.*: unpack it$/) as string },
    ]);
    expect(catalog.list()).toMatchObject([{ member: "cartridge.md" }]);
  });
});
