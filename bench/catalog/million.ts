import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Catalog } from "../../src/catalog/index.ts";
import { ok, toCrc32, type Crc32 } from "../../src/shared/index.ts";
import { gambatte } from "../../test/unit/catalog/catalog-fixture.ts";

const PER_ARCHIVE = 1000;

/** Fills a catalog with numbered games by its own scan, from lists of archive members that are not written to disk. */
export async function fillCatalog(
  catalog: Catalog,
  folder: string,
  entries: number,
  core: string,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const archives = Math.ceil(entries / PER_ARCHIVE);
  for (let archive = 0; archive < archives; archive++) {
    writeFileSync(path.join(folder, `${archive}.zip`), "");
  }
  const scanned = await catalog.scan({
    targets: [folder],
    cores: [{ ...gambatte, name: core }],
    extensionsOf: () => ["gb"],
    reader: {
      read: (jobs) => Promise.resolve(jobs.map(({ path: file }) => readArchive(file, entries))),
      close: () => Promise.resolve(),
    },
  });
  if (!scanned.ok || scanned.value.added !== archives) {
    throw new Error(`the catalog was not filled: ${JSON.stringify(scanned)}`);
  }
}

function readArchive(file: string, entries: number) {
  const first = Number(path.basename(file, ".zip")) * PER_ARCHIVE;
  const count = Math.min(PER_ARCHIVE, entries - first);
  const contents = Array.from({ length: count }, (_, index) => toContent(first + index));
  const stamp = { sizeBytes: 0, mtimeMs: 0, device: 0, inode: first + 1 };
  return ok({ stamp, fingerprint: first + 1, contents, problems: [] });
}

/** Each game gets another CRC, in no order: an odd factor permutes the 32-bit numbers. */
export function crcOfGame(game: number): Crc32 {
  return toCrc32(Math.imul(game + 1, 0x9e3779b1) >>> 0);
}

function toContent(game: number) {
  const crc = crcOfGame(game);
  const member = `Game ${game} (World).gb`;
  return { member, sizeBytes: 32_768, crc, fullPathCrc: crc, wholeCrc: crc, headerlessCrc: null };
}
