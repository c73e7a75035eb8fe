import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { fromBuffer, type Entry } from "yauzl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { usableMembers } from "../../../../../src/catalog/content/archive/zip-directory.ts";
import { buildZip, type ZipMember } from "../../build-zip.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "zip-directory-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The members, undefined when the zip cannot be read. */
function read(zip: Buffer): unknown[] | undefined {
  const file = path.join(folder, "x.zip");
  writeFileSync(file, zip);
  const fd = openSync(file, "r");
  try {
    return [...usableMembers(fd, zip.length).values()].map(plain);
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

/** What yauzl finds when it reads the whole zip by itself, undefined where it complains. */
function readByYauzl(zip: Buffer): Promise<unknown[] | undefined> {
  const options = { lazyEntries: false, decodeStrings: false, validateEntrySizes: false };
  return new Promise((resolve) => {
    fromBuffer(zip, options, (error, opened) => {
      const entries: unknown[] = [];
      if (error !== null) {
        resolve(undefined);
        return;
      }
      opened.on("entry", (entry: Entry) => entries.push(plain(entry)));
      opened.on("error", () => {
        resolve(undefined);
      });
      opened.on("end", () => {
        resolve(entries);
      });
    });
  });
}

function plain(entry: Entry): unknown {
  const { compressionMethod, crc32, compressedSize, uncompressedSize } = entry;
  const { relativeOffsetOfLocalHeader, fileNameRaw } = entry;
  return {
    compressionMethod,
    crc32,
    compressedSize,
    uncompressedSize,
    relativeOffsetOfLocalHeader,
    name: fileNameRaw.toString("latin1"),
  };
}

const game = { name: "game.gb", data: Buffer.alloc(10_000, "game"), deflate: true };

/** One member, nothing behind its record but the 22 bytes of the end; the field is in its record of the directory. */
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

function commented(bytes: number, members: readonly ZipMember[] = [game]): Buffer {
  return buildZip(members, "x".repeat(bytes));
}

describe("the directory of a zip, of which little more than the end is read,", () => {
  it.each<[string, Buffer, number]>([
    ["one member", buildZip([game]), 1],
    ["the comment of a torrentzip", buildZip([game], "TORRENTZIPPED-0123ABCD"), 1],
    ["a comment that pushes the directory out of the first 4 KiB", commented(10_000), 1],
    ["the longest comment", commented(65_535), 1],
    ["a comment that leaves no room for the end", commented(1003), 1],
    ["a comment that leaves just room for the end", commented(1002), 1],
    ["a comment that leaves too little room for a locator", commented(983), 1],
    ["a comment that leaves room for a locator alone", commented(982), 1],
    ["zip64 and a comment between the two", commented(990, [{ ...game, zip64: true }]), 1],
    ["a set of 300 files", buildZip(Array.from({ length: 300 }, (_, i) => ({ name: `rom-${i}.bin` }))), 300],
    ["2000 files", buildZip(Array.from({ length: 2000 }, (_, i) => ({ name: `rom-${i}.bin` }))), 2000],
    ["zip64", sizesInExtra, 1],
    ["sizes in an extra field", onlyExtra, 1],
    ["no member", buildZip([]), 0],
  ])("tells what yauzl tells of the whole, of %s", async (_, zip, count) => {
    const members = read(zip);
    expect(members).toHaveLength(count);
    expect(members).toEqual(await readByYauzl(zip));
  });

  it.each<[string, Buffer]>([
    // The name is only "gam"; "e." is the id of an extra field, "gb" its length.
    ["an extra field that is longer than its place", withField(withField(buildZip([game]), 28, 3), 30, 4)],
    ["a zip64 locator that leads nowhere", withLocator(buildZip([game]))],
    ["strong encryption", withField(buildZip([game]), 8, 0x40)],
    ["no zip", Buffer.alloc(5000, "no zip")],
    ["an empty file", Buffer.alloc(0)],
    ["a zip that was cut short", buildZip([game]).subarray(0, -1)],
    ["bytes behind the end", Buffer.concat([buildZip([game]), Buffer.alloc(1)])],
  ])("is refused as yauzl refuses it, with %s", async (_, zip) => {
    expect(read(zip)).toBeUndefined();
    expect(zip.length === 0 ? undefined : await readByYauzl(zip)).toBeUndefined();
  });

  it("never tells anything else than yauzl, whatever is broken", async () => {
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
        const members = read(broken);
        const all = await readByYauzl(broken);
        expect(members === undefined).toBe(all === undefined);
        // Without those that cannot be used.
        expect(all ?? []).toEqual(expect.arrayContaining(members ?? []));
      }),
      { numRuns: 1000 },
    );
  });
});
