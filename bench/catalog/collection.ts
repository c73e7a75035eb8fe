import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildZip } from "../../test/unit/catalog/build-zip.ts";

export interface Collection {
  /** Games as plain files, and the same games as zips. */
  readonly plain: string;
  readonly zipped: string;
  readonly bytes: number;
}

const FOLDERS = 200;
const BLOCK_BYTES = 512;

/** Writes the same games twice. They compress about as well as real games: half of every block repeats the other half. */
export function writeCollection(folder: string, files: number, totalBytes: number): Collection {
  const plain = path.join(folder, "plain");
  const zipped = path.join(folder, "zipped");
  let bytes = 0;
  for (let index = 0; index < files; index++) {
    const place = `system ${index % FOLDERS}`;
    if (index < FOLDERS) {
      mkdirSync(path.join(plain, place), { recursive: true });
      mkdirSync(path.join(zipped, place), { recursive: true });
    }
    const name = `Game number ${index} (World)`;
    const data = writeGame(index, sizeOf(index, totalBytes / files));
    bytes += data.length;
    writeFileSync(path.join(plain, place, `${name}.gb`), data);
    writeFileSync(
      path.join(zipped, place, `${name}.zip`),
      buildZip([{ name: `${name}.gb`, data, deflate: true }]),
    );
  }
  return { plain, zipped, bytes };
}

/** From a fifth of the average to nearly twice the average. */
function sizeOf(index: number, averageBytes: number): number {
  return Math.floor(averageBytes * (0.2 + (1.6 * ((index * 7919) % 1000)) / 1000));
}

const noise = makeNoise(1 << 20);

function makeNoise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let at = 0; at < length; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE(state, at);
  }
  return bytes;
}

function writeGame(index: number, length: number): Buffer {
  const data = Buffer.alloc(length);
  for (let at = 0; at < length; at += BLOCK_BYTES) {
    const from = ((index * 613 + at) * 31) % (noise.length - BLOCK_BYTES);
    noise.copy(data, at, from, from + BLOCK_BYTES / 2);
    noise.copy(data, at + BLOCK_BYTES / 2, from, from + BLOCK_BYTES / 2);
  }
  data.writeUInt32LE(index, 0);
  return data;
}
