import { closeSync, openSync, truncateSync, writeSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  listSevenZip,
  NO_SEVEN_ZIP,
  parseListing,
} from "../../../../src/catalog/content/archive/list-seven-zip.ts";
import { fail } from "../../../../src/shared/index.ts";
import { TOO_MANY_MEMBERS } from "../../../../src/catalog/content/archive/zip-directory.ts";
import { readJob } from "../../../../src/catalog/content/read/content-reader.ts";
import { buildZip, type ZipMember } from "../../../unit/catalog/build-zip.ts";
import { createFixture, crcOf } from "../../../unit/catalog/catalog-fixture.ts";
import { sevenZip } from "../../../unit/catalog/seven-zip.ts";

const data = Buffer.from("a game");
const good: ZipMember = { name: "good.nes", data, deflate: true };

describe("a zip", () => {
  it.each<[string, ZipMember]>([
    ["with zip64 fields", { name: "x.nes", data, zip64: true }],
    ["with sizes and CRC behind the data", { name: "x.nes", data, deflate: true, dataDescriptor: true }],
    ["with a name in UTF-8 that is not marked as such", { name: "星 é.nes", data }],
    ["with a name full of odd characters", { name: "a#b\\c & (1) [!].nes", data }],
    ["with a very compressible member", { name: "x.nes", data: Buffer.alloc(10_000_000), deflate: true }],
  ])("%s is hostable, with the CRC of its directory", async (_title, member) => {
    const { write, scan, catalog } = createFixture();
    write("a.zip", buildZip([member]));
    expect(await scan()).toMatchObject({ added: 1, skipped: [] });
    expect(catalog.list()).toMatchObject([{ member: member.name, crc: crcOf(member.data ?? data) }]);
  });

  it.each<[string, ZipMember, RegExp]>([
    ["an encrypted member", { name: "x.nes", data, encrypted: true }, /^member x\.nes: it is encrypted$/],
    [
      "a name that is not UTF-8",
      { name: Buffer.from("\xe9.nes", "latin1"), data },
      /^member é\.nes: its name is not UTF-8/,
    ],
    [
      "a path that leads out",
      { name: "../../x.nes", data },
      /^member \.\.\/\.\.\/x\.nes: its name leads out of the archive$/,
    ],
    ["an absolute path", { name: "/etc/x.nes", data }, /leads out of the archive$/],
    ["a Windows path", { name: "C:\\x.nes", data }, /leads out of the archive$/],
    [
      "a bomb",
      { name: "x.nes", data: Buffer.alloc(5000), deflate: true, claimedBytes: 4_000_000_000 },
      /unpack from \d+ to 4000000000 bytes, which no zip does: a zip bomb$/,
    ],
  ])("with %s gets one line, and its other members are hostable", async (_title, bad, line) => {
    const { write, scan, catalog } = createFixture();
    const file = write("a.zip", buildZip([bad, good]));
    const report = await scan();
    expect(report.skipped).toEqual([{ path: file, reason: expect.stringMatching(line) as string }]);
    expect(catalog.list()).toMatchObject([{ member: "good.nes" }]);
    // The same report, without opening the archive again.
    expect(await scan()).toMatchObject({ unchanged: 1, skipped: report.skipped });
  });

  it.each<[string, Buffer, RegExp]>([
    [
      "cut short",
      buildZip([good]).subarray(0, 40),
      /^not a usable zip: End of central directory record signature not found/,
    ],
    ["cut at its front", buildZip([good]).subarray(20), /^not a usable zip: /],
    ["empty", Buffer.alloc(0), /^not a usable zip: /],
    ["without members", buildZip([]), /^holds nothing that a configured core takes$/],
    [
      "without a known member",
      buildZip([{ name: "readme.txt", data }]),
      /^holds nothing that a configured core takes$/,
    ],
    ["that claims more members than it has", withCount(buildZip([good]), 60_000), /^not a usable zip: /],
  ])("%s gets one line, and the scan goes on", async (_title, bytes, line) => {
    const { write, scan, catalog } = createFixture();
    const file = write("bad.zip", bytes);
    write("good.nes", data);
    const report = await scan();
    expect(report.skipped).toEqual([{ path: file, reason: expect.stringMatching(line) as string }]);
    expect(report.skipped[0]?.reason).not.toMatch(/\n/);
    expect(catalog.list()).toMatchObject([{ base: "good" }]);
  });

  it("whose members share the same bytes many times over is a bomb", async () => {
    const { write, scan, catalog } = createFixture();
    const one = buildZip([{ name: "x.nes", data: Buffer.alloc(5000, 1) }]);
    const directory = one.subarray(5035, one.length - 22);
    const end = Buffer.from(one.subarray(-22));
    end.writeUInt16LE(50, 8);
    end.writeUInt16LE(50, 10);
    end.writeUInt32LE(directory.length * 50, 12);
    const overlapping = Buffer.concat([one.subarray(0, 5035), ...Array<Buffer>(50).fill(directory), end]);
    const file = write("bomb.zip", overlapping);
    expect((await scan()).skipped).toEqual([
      { path: file, reason: "not a usable zip: its members overlap: a zip bomb" },
    ]);
    expect(catalog.list()).toEqual([]);
  });

  it("with sixty thousand members is listed whole", async () => {
    const { write, scan, catalog } = createFixture();
    write("many.zip", buildZip(Array.from({ length: 60_000 }, (_, index) => ({ name: `${index}.nes` }))));
    expect(await scan()).toMatchObject({ added: 1, skipped: [] });
    expect(catalog.list({ name: "59999" })).toHaveLength(1);
  });

  it("with three million members is reported, and costs neither time nor memory", async () => {
    const { write, scan } = createFixture();
    const zip = buildZip([{ name: "0.nes", data, zip64: true }]);
    const [local, record, end] = [zip.subarray(0, 41), zip.subarray(41, 112), zip.subarray(112)];
    expect(record.readUInt32LE(0)).toBe(0x02014b50);
    const count = 3_000_000;
    // The same member many times: only the number matters.
    end.fill(0xff, 76 + 8, 76 + 20);
    end.writeBigUInt64LE(BigInt(count), 24);
    end.writeBigUInt64LE(BigInt(count), 32);
    end.writeBigUInt64LE(BigInt(count * record.length), 40);
    end.writeBigUInt64LE(BigInt(local.length + count * record.length), 64);
    const file = write("many.zip", Buffer.concat([local, Buffer.alloc(count * record.length, record), end]));
    const [startedMs, { maxRSS: residentKiB }] = [performance.now(), process.resourceUsage()];
    expect((await scan()).skipped).toEqual([{ path: file, reason: TOO_MANY_MEMBERS }]);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(process.resourceUsage().maxRSS - residentKiB).toBeLessThan(64 * 1024);
  });

  it("is never inflated: members of a huge, sparse archive are known at once", async () => {
    const { write, scan, catalog } = createFixture();
    const zip = buildZip([{ name: "x.nes", data, zip64: true }]);
    const file = write("sparse.zip", "");
    // The directory at the end of a sparse file of 6 GiB.
    const shift = 6 * 1024 ** 3;
    truncateSync(file, shift);
    const fd = openSync(file, "r+");
    writeSync(fd, moveDirectory(zip, shift), 0, undefined, shift);
    closeSync(fd);
    expect(await scan()).toMatchObject({ added: 1, skipped: [] });
    expect(catalog.list()).toMatchObject([{ crc: crcOf(data) }]);
  });
});

/** Changes the number of members in the end record. */
function withCount(zip: Buffer, count: number): Buffer {
  const changed = Buffer.from(zip);
  changed.writeUInt16LE(count, zip.length - 22 + 8);
  changed.writeUInt16LE(count, zip.length - 22 + 10);
  return changed;
}

/** Changes the offsets of a zip64's end records to larger ones. */
function moveDirectory(zip: Buffer, shift: number): Buffer {
  const moved = Buffer.from(zip);
  const locator = zip.length - 22 - 20;
  const end = locator - 56;
  moved.writeBigUInt64LE(zip.readBigUInt64LE(end + 48) + BigInt(shift), end + 48);
  moved.writeBigUInt64LE(zip.readBigUInt64LE(locator + 8) + BigInt(shift), locator + 8);
  return moved;
}

/** "game.nes" with "a game", "sub/two é.nes" with "second", an empty "empty.nes". */
const SEVEN_ZIP =
  "N3q8ryccAARBC6azkgAAAAAAAAAiAAAAAAAAALa9pTwBAAthIGdhbWVzZWNvbmQAAACBMweuD87ysgwHyEN/QbH6/duItu9sks0K1ST9NWibxQhR2ZAzhQd4Qt5S/taDqxumZoe09kYr40dPZ9btQqf59NyXzREqaFoUivkuivH6j4OrUO9GUpdzEmGjkpUJ/S0fiZluLNCtZSXhPrrLc672HARBxcJzwQwU6ijp0AAAABcGEAEJgIIABwsBAAEjAwEBBV0AEAAADIC2CgGUWuywAAA=";
/** The same "game.nes" under a password, with its list of members, and without. */
const ENCRYPTED_LIST =
  "N3q8ryccAASFjMzrgAAAAAAAAAAuAAAAAAAAABp1FGVn1834YLZ+vRXHCTWz8FIn5/IeYT1Xl5pbMxy5wJ8a1qyRhVHRYZvFV2acuOxJnUYYLscd74lpWvcHZxO/XcCxAppaDv7tXkjZeStJ1I7imvNaYDE35vaV9fjeaXHToP5WWe7VhrINQKVghlUO8ExOg/TzQ9wjOLejO7xVoExkThcGEAEJcAAHCwEAASQG8QcBElMPt/ejWFLET+Sw8CC3EcWT6AxqCgGoybrQAAA=";
const ENCRYPTED_MEMBER =
  "N3q8ryccAATDwQhFEAAAAAAAAABqAAAAAAAAAA8a10MlSky5DE+25XA8zPqBowweAQQGAAEJEAAHCwEAAiQG8QcBElMPbHbpb5RclA5jJXKhxdeptiEhAQABAAwKBgAICgHIvMSxAAAFARkBABETAGcAYQBtAGUALgBuAGUAcwAAABkAFAoBAP3Ldadget0BFQYBACCApIEAAA==";

describe("a .7z", () => {
  it.runIf(sevenZip !== undefined)("is listed from its headers", async () => {
    const { write, scan, catalog } = createFixture();
    const file = write("-t outer*.7z", Buffer.from(SEVEN_ZIP, "base64"));
    expect(await scan()).toMatchObject({ added: 1, skipped: [] });
    expect(
      catalog.list().map(({ path, member, crc, sizeBytes }) => ({ path, member, crc, sizeBytes })),
    ).toEqual([
      { path: file, member: "empty.nes", crc: 0, sizeBytes: 0 },
      { path: file, member: "game.nes", crc: crcOf("a game"), sizeBytes: 6 },
      { path: file, member: "sub/two é.nes", crc: crcOf("second"), sizeBytes: 6 },
    ]);
    expect(await scan()).toMatchObject({ unchanged: 1 });
  });

  it.runIf(sevenZip !== undefined).each([
    [
      "whose list is encrypted",
      Buffer.from(ENCRYPTED_LIST, "base64"),
      /^not a usable 7z: its list of members is encrypted$/,
    ],
    [
      "whose member is encrypted",
      Buffer.from(ENCRYPTED_MEMBER, "base64"),
      /^member game\.nes: it is encrypted$/,
    ],
    ["that is cut short", Buffer.from(SEVEN_ZIP, "base64").subarray(0, 100), /^not a usable 7z: [^\n]+$/],
    ["that is none", Buffer.from("7z not really"), /^not a usable 7z: [^\n]+$/],
  ])("%s gets one line, and the scan goes on", async (_title, bytes, line) => {
    const { write, scan, catalog } = createFixture();
    const file = write("bad.7z", bytes);
    write("good.nes", data);
    expect((await scan()).skipped).toEqual([{ path: file, reason: expect.stringMatching(line) as string }]);
    expect(catalog.list()).toMatchObject([{ base: "good" }]);
  });

  it("asks for 7-Zip in one line, also for many archives", async () => {
    expect(await listSevenZip("/x.7z", ["no-such-program"])).toEqual({ ok: false, reason: NO_SEVEN_ZIP });
    const { write, scan } = createFixture();
    for (const name of ["a.7z", "b.7z", "c.7z"]) {
      write(name, Buffer.from(SEVEN_ZIP, "base64"));
    }
    write("good.nes", data);
    const report = await scan({
      reader: {
        read: (jobs) =>
          Promise.all(
            jobs.map(async (job) =>
              job.path.endsWith("7z") ? fail<string>(NO_SEVEN_ZIP) : await readJob(job),
            ),
          ),
        close: () => Promise.resolve(),
      },
    });
    expect(report).toMatchObject({ added: 1 });
    expect(report.skipped).toEqual([
      { path: "3 .7z archives", reason: expect.stringContaining("install 7-Zip") as string },
    ]);
  });

  it("is listed without members that cannot be used", () => {
    const block = (name: string, more: string): string => `Path = ${name}\nSize = 5\n${more}\n`;
    const listing = parseListing(
      [
        block("folder", "Attributes = D drwxr-xr-x"),
        block("a = b.nes", "CRC = 0000ABCD"),
        block("../x.nes", "CRC = 1"),
        block("secret.nes", "CRC = 1\nEncrypted = +"),
        block("unsaid.nes", "CRC = "),
      ].join("\n"),
    );
    expect(listing).toEqual({
      members: [{ name: "a = b.nes", sizeBytes: 5, crc: 0xabcd }],
      problems: [
        "member ../x.nes: its name leads out of the archive",
        "member secret.nes: it is encrypted",
        "member unsaid.nes: the archive does not say its size and CRC",
      ],
    });
  });
});
