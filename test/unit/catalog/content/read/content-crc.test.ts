import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contentCrc } from "../../../../../src/catalog/index.ts";
import { NETPLAY_CRC_BYTES } from "../../../../../src/catalog/content/read/read-file.ts";
import { buildZip } from "../../build-zip.ts";
import { crcOf } from "../../catalog-fixture.ts";

describe("the CRC that RetroArch announces", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "content-crc-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const write = (name: string, data: Buffer | string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, data);
    return file;
  };

  it("covers the whole of a small file, header included", async () => {
    // The check value of CRC-32: https://reveng.sourceforge.io/crc-catalogue/17plus.htm#crc.cat.crc-32-iso-hdlc
    const file = write("check.nes", "123456789");
    expect(await contentCrc(file)).toEqual({
      ok: true,
      value: { path: file, member: null, crc: 0xcbf43926, base: "check", sizeBytes: 9 },
    });
  });

  it("covers the first 64 MiB of a larger file, and no byte more", async () => {
    const data = Buffer.alloc(NETPLAY_CRC_BYTES + 1000, 0x5a);
    const file = write("large.bin", data);
    const first = crcOf(data.subarray(0, NETPLAY_CRC_BYTES));
    expect(first).not.toBe(crcOf(data));
    expect(await contentCrc(file)).toMatchObject({ value: { crc: first, sizeBytes: data.length } });
    const exact = write("exact.bin", data.subarray(0, NETPLAY_CRC_BYTES));
    expect(await contentCrc(exact)).toMatchObject({ value: { crc: first } });
  });

  it("covers the member of a zip, not the zip, under the zip's name", async () => {
    const data = Buffer.from("a game");
    const file = write(
      "Outer Name.zip",
      buildZip([
        { name: "readme.txt", data: Buffer.from("no") },
        { name: "inner.nes", data, deflate: true },
      ]),
    );
    expect(await contentCrc(file, { extensions: ["nes"] })).toMatchObject({
      value: { member: "inner.nes", crc: crcOf(data), base: "Outer Name", sizeBytes: 6 },
    });
  });

  it.each([
    [["z.nes", "a.nes", "sub/b.nes"], "a.nes"],
    [["B.nes", "a.nes"], "a.nes"],
    [["z/a.nes", "b.nes", "a/z.nes"], "a/z.nes"],
    [["z.nes", "Zz.nes", "0.nes"], "0.nes"],
  ])(
    "is that of the first member by name, in whatever case, of an archive that is given alone: %s",
    async (names, first) => {
      const file = write("several.zip", buildZip(names.map((name) => ({ name, data: Buffer.from(name) }))));
      expect(await contentCrc(file)).toMatchObject({ value: { member: first, crc: crcOf(first) } });
    },
  );

  it("is that of the named member, under the member's name", async () => {
    const second = Buffer.from("the second");
    const zip = buildZip([
      { name: "one.nes", data: Buffer.from("1") },
      { name: "sub/two.nes", data: second },
    ]);
    const file = write("two.zip", zip);
    expect(await contentCrc(`${file}#sub/two.nes`)).toMatchObject({
      value: { path: file, member: "sub/two.nes", crc: crcOf(second), base: "two" },
    });
    expect(await contentCrc(`${file}#three.nes`)).toEqual({
      ok: false,
      reason: `${file}#three.nes: there is no such member in the archive`,
    });
  });

  it("covers the archive itself for a core that takes archives as they are", async () => {
    const zip = buildZip([{ name: "a.rom", data: Buffer.from("rom") }]);
    const file = write("set.zip", zip);
    expect(await contentCrc(file, { archiveItself: true })).toMatchObject({
      value: { member: null, crc: crcOf(zip), base: "set" },
    });
  });

  it("covers the text of a cue sheet", async () => {
    const text = 'FILE "track.bin" BINARY\n';
    expect(await contentCrc(write("disc.cue", text))).toMatchObject({ value: { crc: crcOf(text) } });
  });

  it("reports an error in one line", async () => {
    const nowhere = path.join(folder, "nowhere.nes");
    expect(await contentCrc(nowhere)).toEqual({ ok: false, reason: `${nowhere}: no such file` });
    expect(await contentCrc(folder)).toEqual({ ok: false, reason: `${folder}: not a regular file` });
    const broken = await contentCrc(write("broken.zip", "PK not really"));
    expect(broken).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^[^\n]*broken\.zip: not a usable zip: [^\n]*$/) as string,
    });
  });
});
