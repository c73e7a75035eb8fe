import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { contentCrc } from "../../../../../src/catalog/index.ts";
import { buildZip } from "../../build-zip.ts";
import { crcOf } from "../../catalog-fixture.ts";

const source = Buffer.from("0123456789abcdef");

/** Magic, body, CRC of source and target, CRC of all that. */
function sealed(magic: string, body: readonly number[], from: Buffer, to: Buffer): Buffer {
  const sums = Buffer.alloc(8);
  sums.writeUInt32LE(crc32(from), 0);
  sums.writeUInt32LE(crc32(to), 4);
  const patch = Buffer.concat([Buffer.from(magic), Buffer.from(body), sums]);
  const own = Buffer.alloc(4);
  own.writeUInt32LE(crc32(patch));
  return Buffer.concat([patch, own]);
}

describe("a soft patch beside the file", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "soft-patch-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const write = (name: string, data: Buffer): string => {
    const file = path.join(folder, name);
    writeFileSync(file, data);
    return file;
  };
  const crcWith = async (patches: Record<string, Buffer>): Promise<unknown> => {
    for (const [name, data] of Object.entries(patches)) {
      write(name, data);
    }
    const found = await contentCrc(write("game.nes", source));
    return found.ok ? found.value.crc : found.reason;
  };

  const ips = Buffer.concat([
    Buffer.from("PATCH"),
    Buffer.from([0, 0, 2, 0, 3]), // at 2, 3 bytes:
    Buffer.from("XYZ"),
    Buffer.from([0, 0, 14, 0, 0, 0, 4, 0x2e]), // at 14, a run: 4 times "."
    Buffer.from("EOF"),
  ]);

  it("changes the CRC, as IPS", async () => {
    expect(await crcWith({ "game.ips": ips })).toBe(crcOf("01XYZ56789abcd...."));
  });

  it("cuts the content short when the IPS patch says so", async () => {
    const cut = Buffer.concat([ips, Buffer.from([0, 0, 6])]);
    expect(await crcWith({ "game.ips": cut })).toBe(crcOf("01XYZ5"));
  });

  it("lengthens the content beyond its replacements when the IPS patch says so", async () => {
    const grown = Buffer.concat([ips, Buffer.from([0, 0, 20])]);
    expect(await crcWith({ "game.ips": grown })).toBe(crcOf("01XYZ56789abcd....\0\0"));
  });

  const second = Buffer.concat([Buffer.from("PATCH"), Buffer.from([0, 0, 0, 0, 1]), Buffer.from("!EOF")]);

  // Sizes 16 (0x90) and 20 (0x94), BPS with no metadata (0x80).
  const target = Buffer.from("0123456789abcdefABCD");

  it("changes the CRC, as BPS", async () => {
    expect(await crcWith({ "game.bps": sealed("BPS1", [0x90, 0x94, 0x80], source, target) })).toBe(
      crcOf(target),
    );
  });

  it("changes the CRC, as UPS, in both directions", async () => {
    expect(await crcWith({ "game.ups": sealed("UPS1", [0x90, 0x94], source, target) })).toBe(crcOf(target));
    expect(await crcWith({ "game.ups": sealed("UPS1", [0x94, 0x90], target, source) })).toBe(crcOf(target));
  });

  it("is ignored when it is broken or for another content: RetroArch plays the game unpatched", async () => {
    const other = sealed("BPS1", [0x90, 0x94, 0x80], Buffer.from("another content!"), target);
    expect(await crcWith({ "game.bps": other })).toBe(crcOf(source));
    const flipped = sealed("BPS1", [0x90, 0x94, 0x80], source, target);
    flipped[5] = 0x95;
    expect(await crcWith({ "game.bps": flipped })).toBe(crcOf(source));
    expect(await crcWith({ "game.ips": ips.subarray(0, -1) })).toBe(crcOf(source));
    expect(await crcWith({ "game.ips": Buffer.alloc(0) })).toBe(crcOf(source));
  });

  it("is IPS when there are several kinds, as RetroArch tries them", async () => {
    const bps = sealed("BPS1", [0x90, 0x94, 0x80], source, target);
    expect(await crcWith({ "game.ips": ips, "game.bps": bps })).toBe(crcOf("01XYZ56789abcd...."));
  });

  it("is ignored when it has another name", async () => {
    expect(await crcWith({ "other.ips": ips, "Game.ips": ips, "game.IPS": ips })).toBe(crcOf(source));
  });

  it("is applied to the member of an archive, by the member's name", async () => {
    const file = write("outer.zip", buildZip([{ name: "game.nes", data: source }]));
    write("game.bps", sealed("BPS1", [0x90, 0x94, 0x80], source, target));
    expect(await contentCrc(`${file}#game.nes`)).toMatchObject({ value: { crc: crcOf(target) } });
  });

  it("is named after the archive when RetroArch is given the archive alone", async () => {
    const file = write("outer.zip", buildZip([{ name: "sub/game.nes", data: source }]));
    write("game.ips", ips);
    expect(await contentCrc(file)).toMatchObject({ value: { crc: crcOf(source) } });
    write("outer.ips", ips);
    expect(await contentCrc(file)).toMatchObject({ value: { crc: crcOf("01XYZ56789abcd....") } });
    expect(await contentCrc(`${file}#sub/game.nes`)).toMatchObject({ value: { crc: crcOf(source) } });
  });

  it.each([false, true])("is applied to the member of a zip, as IPS (deflated: %s)", async (deflate) => {
    const members = [
      { name: "other.nes", data: target },
      { name: "game.nes", data: source, deflate },
    ];
    const file = write("outer.zip", buildZip(members));
    write("game.ips", ips);
    expect(await contentCrc(`${file}#game.nes`)).toMatchObject({
      value: { crc: crcOf("01XYZ56789abcd....") },
    });
    expect(await contentCrc(`${file}#other.nes`)).toMatchObject({ value: { crc: crcOf(target) } });
  });

  it("is where the member would be: for one in a folder of the archive, in the folder of that name", async () => {
    const file = write("outer.zip", buildZip([{ name: "sub/game.nes", data: source }]));
    write("game.ips", ips);
    expect(await contentCrc(`${file}#sub/game.nes`)).toMatchObject({ value: { crc: crcOf(source) } });
    mkdirSync(path.join(folder, "sub"));
    write("sub/game.ips", second);
    expect(await contentCrc(`${file}#sub/game.nes`)).toMatchObject({
      value: { crc: crcOf("!123456789abcdef") },
    });
  });

  it("leaves the CRC of a member unknown that cannot be unpacked", async () => {
    const zip = buildZip([{ name: "game.nes", data: source, deflate: true }]);
    zip[0] = 0;
    write("game.ips", ips);
    expect(await contentCrc(`${write("outer.zip", zip)}#game.nes`)).toMatchObject({
      reason: expect.stringMatching(
        /member game\.nes: game\.ips beside it changes bytes that are not at hand/,
      ) as string,
    });
  });

  it("is followed by numbered ones, each applied to the result of the one before", async () => {
    expect(await crcWith({ "game.ips": ips, "game.ips1": second })).toBe(crcOf("!1XYZ56789abcd...."));
    const undo = sealed("BPS1", [0x92, 0x90, 0x80], Buffer.from("!1XYZ56789abcd...."), source);
    expect(await crcWith({ "game.bps2": undo })).toBe(crcOf(source));
    expect(await crcWith({ "game.ips4": second })).toBe(crcOf(source));
  });

  it("counts as the first also when it is broken; numbered ones without a first are ignored", async () => {
    expect(await crcWith({ "game.ips1": second })).toBe(crcOf(source));
    expect(await crcWith({ "game.ips": Buffer.from("PATCH???") })).toBe(crcOf("!123456789abcdef"));
  });

  it("may make a content of any size", async () => {
    const far = Buffer.concat([Buffer.from("PATCH"), Buffer.from([0, 1, 0, 0, 1]), Buffer.from("zEOF")]);
    expect(await crcWith({ "game.ips": far })).toBe(
      crcOf(Buffer.concat([source, Buffer.alloc(256 - 16), Buffer.from("z")])),
    );
  });

  it("is reported when only a host can tell its effect", async () => {
    expect(await crcWith({ "game.xdelta": Buffer.from("x") })).toMatch(
      /game\.xdelta beside it is applied by some builds of RetroArch.*netplayd catalog verify asks a host/,
    );
    const bps = sealed("BPS1", [0x90, 0x94, 0x80], source, target);
    expect(await crcWith({ "game.bps": bps, "game.ips1": second })).toMatch(
      /game\.ips1 beside it changes bytes that are not at hand/,
    );
  });

  it("leaves the CRC unknown for a core that opens the file itself, unless it changes nothing", async () => {
    write("game.ips", ips);
    const file = write("game.nes", source);
    expect(await contentCrc(file, { needsFullPath: true })).toMatchObject({ ok: false });
    write("game.ips", Buffer.from("broken"));
    expect(await contentCrc(file, { needsFullPath: true })).toMatchObject({ value: { crc: crcOf(source) } });
  });
});
