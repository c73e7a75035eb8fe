import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Catalog } from "../../../../src/catalog/index.ts";
import { toCrc32 } from "../../../../src/shared/index.ts";
import { buildZip } from "../../../unit/catalog/build-zip.ts";
import { createFixture, crcOf, fbneo } from "../../../unit/catalog/catalog-fixture.ts";
import { packSevenZip } from "../../../unit/catalog/seven-zip.ts";
import { logiqx } from "../logiqx.ts";

const query = { core: "Nestopia", coreVersion: "", game: "", base: "", crc: toCrc32(0) };
const hex = (data: string): string => crcOf(data).toString(16);

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

  it("in a .7z are listed once, and reported as long as 7-Zip is missing", async () => {
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

  it("are compared by the next scan when a scan was interrupted before", async () => {
    const { write, scan, catalog, folder } = createFixture([fbneo]);
    zipSet(path.join(folder, "clone.zip"), ["x"]);
    await catalog.importDat({ file: write("fbneo.dat", dat) });
    const abort = new AbortController();
    const report = await scan({
      cores: [fbneo],
      signal: abort.signal,
      // After everything was read and stored.
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
