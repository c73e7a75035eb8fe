import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { fromBuffer, type Entry } from "yauzl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readZipTail, type ZipRecord } from "../../../../../src/catalog/content/archive/zip-tail.ts";
import { buildZip, type ZipMember } from "../../build-zip.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "zip-tail-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function read(zip: Buffer): ZipRecord[] | undefined {
  const file = path.join(folder, "x.zip");
  writeFileSync(file, zip);
  const fd = openSync(file, "r");
  try {
    return readZipTail(fd, zip.length)?.map(plain);
  } finally {
    closeSync(fd);
  }
}

/** yauzl's list; undefined if yauzl reports an error. */
function readByYauzl(zip: Buffer): Promise<ZipRecord[] | undefined> {
  const options = { lazyEntries: false, decodeStrings: false, validateEntrySizes: false };
  return new Promise((resolve) => {
    fromBuffer(zip, options, (error, opened) => {
      const records: ZipRecord[] = [];
      if (error !== null) {
        resolve(undefined);
        return;
      }
      opened.on("entry", (entry: Entry) => records.push(plain(entry)));
      opened.on("error", () => {
        resolve(undefined);
      });
      opened.on("end", () => {
        resolve(records);
      });
    });
  });
}

function plain(record: ZipRecord): ZipRecord {
  const { generalPurposeBitFlag, compressionMethod, crc32, compressedSize, uncompressedSize } = record;
  const { relativeOffsetOfLocalHeader, fileNameRaw } = record;
  return {
    generalPurposeBitFlag,
    compressionMethod,
    crc32,
    compressedSize,
    uncompressedSize,
    relativeOffsetOfLocalHeader,
    fileNameRaw: Buffer.from(fileNameRaw),
  };
}

const game = { name: "game.gb", data: Buffer.alloc(10_000, "game"), deflate: true };

/** One member, followed only by the 22 bytes of the end record; the field is in its record of the directory. */
function withField(zip: Buffer, offset: number, value: number): Buffer {
  const changed = Buffer.from(zip);
  changed.writeUInt16LE(value, changed.lastIndexOf("PK\x01\x02") + offset);
  return changed;
}

/** With the 20 bytes before the end that lead to a zip64 record. */
function withLocator(zip: Buffer): Buffer {
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  return Buffer.concat([zip.subarray(0, -22), locator, zip.subarray(-22)]);
}

const sizesInExtra = buildZip([{ ...game, zip64: true }]);
/** Without the 56 bytes of the zip64 record and the 20 that lead there. */
const onlyExtra = Buffer.concat([sizesInExtra.subarray(0, -98), sizesInExtra.subarray(-22)]);

describe("the end of a zip", () => {
  it.each<[string, readonly ZipMember[], string]>([
    ["one member", [game], ""],
    ["the comment of a torrentzip", [game], "TORRENTZIPPED-0123ABCD"],
    ["an encrypted member", [{ ...game, encrypted: true }], ""],
    ["a comment that pushes the directory out of the first 4 KiB", [game], "x".repeat(10_000)],
    ["a set of 300 files", Array.from({ length: 300 }, (_, index) => ({ name: `rom-${index}.bin` })), ""],
  ])("tells what yauzl tells of %s", async (_, members, comment) => {
    const zip = buildZip(members, comment);
    const records = read(zip);
    expect(records).toHaveLength(members.length);
    expect(records).toEqual(await readByYauzl(zip));
  });

  it.each<[string, Buffer]>([
    ["zip64", buildZip([{ ...game, zip64: true }])],
    [
      "a directory larger than 64 KiB",
      buildZip(Array.from({ length: 2000 }, (_, i) => ({ name: `rom-${i}.bin` }))),
    ],
    ["sizes in an extra field", onlyExtra],
    // The name is only "gam"; "e." is the id of an extra field, "gb" its length.
    ["an extra field that is longer than its place", withField(withField(buildZip([game]), 28, 3), 30, 4)],
    ["a zip64 record that does not differ", withLocator(buildZip([game]))],
    ["strong encryption", withField(buildZip([game]), 8, 0x40)],
    ["a zip without members", buildZip([])],
    ["no zip", Buffer.alloc(5000, "no zip")],
    ["an empty file", Buffer.alloc(0)],
    ["a zip that was cut short", buildZip([game]).subarray(0, -1)],
    ["bytes behind the end", Buffer.concat([buildZip([game]), Buffer.alloc(1)])],
  ])("leaves %s to yauzl", (_, zip) => {
    expect(read(zip)).toBeUndefined();
  });

  it("never gives another result than yauzl, also for broken files", async () => {
    const zip = buildZip([game, { name: "b.gb" }, { name: "c/" }], "comment");
    const directoryBytes = 46 * 3 + "game.gbb.gbc/".length + 22 + "comment".length;
    const place = fc.nat(directoryBytes - 1).map((fromEnd) => zip.length - 1 - fromEnd);
    const damage = fc.array(fc.tuple(place, fc.nat(255), fc.constantFrom(1, 2, 4)), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const broken = Buffer.from(zip);
        for (const [at, byte, length] of changes) {
          broken.fill(byte, at, Math.min(at + length, broken.length));
        }
        const records = read(broken);
        if (records !== undefined) {
          expect(records).toEqual(await readByYauzl(broken));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
