import { crc32 } from "node:zlib";
import { toCrc32, type Crc32 } from "../../../shared/index.ts";

/** What tells a content from another one. */
export interface ContentSum {
  readonly sizeBytes: number;
  readonly crc: Crc32;
}

/**
 * What a BPS patch makes of a content. It says the size and CRC of its source and of its target, and carries a CRC of
 * itself. RetroArch checks all three, so there is no need to apply it. Undefined when it does not fit.
 */
export function targetOfBps(bytes: Buffer, source: ContentSum): ContentSum | undefined {
  const sizes = readSizes(bytes, "BPS1", 19);
  if (sizes === undefined) {
    return undefined;
  }
  const [sourceBytes, sizeBytes] = sizes;
  return sourceBytes <= source.sizeBytes && bytes.readUInt32LE(bytes.length - 12) === source.crc
    ? { sizeBytes, crc: toCrc32(bytes.readUInt32LE(bytes.length - 8)) }
    : undefined;
}

/** As BPS, but it works in both directions. */
export function targetOfUps(bytes: Buffer, source: ContentSum): ContentSum | undefined {
  const sizes = readSizes(bytes, "UPS1", 18);
  if (sizes === undefined) {
    return undefined;
  }
  const one = { sizeBytes: sizes[0], crc: toCrc32(bytes.readUInt32LE(bytes.length - 12)) };
  const other = { sizeBytes: sizes[1], crc: toCrc32(bytes.readUInt32LE(bytes.length - 8)) };
  if (isSame(source, one)) {
    return other;
  }
  return isSame(source, other) ? one : undefined;
}

function isSame(a: ContentSum, b: ContentSum): boolean {
  return a.sizeBytes === b.sizeBytes && a.crc === b.crc;
}

/** Checks magic and CRC of a BPS or UPS patch and reads the two sizes in front. */
function readSizes(bytes: Buffer, magic: string, minBytes: number): [number, number] | undefined {
  if (bytes.length < minBytes || bytes.toString("latin1", 0, 4) !== magic) {
    return undefined;
  }
  if (crc32(bytes.subarray(0, -4)) !== bytes.readUInt32LE(bytes.length - 4)) {
    return undefined;
  }
  const first = readVariable(bytes, 4);
  const second = readVariable(bytes, first.next);
  return second.next <= bytes.length - 12 ? [first.value, second.value] : undefined;
}

/** Seven bits a byte, least significant first, the last byte marked; every continuation adds one at its place. */
function readVariable(bytes: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  let shift = 1;
  for (let next = at; next < bytes.length; next++) {
    const byte = bytes[next] ?? 0;
    value += (byte & 0x7f) * shift;
    if ((byte & 0x80) !== 0) {
      return { value, next: next + 1 };
    }
    shift *= 128;
    value += shift;
  }
  return { value, next: bytes.length };
}
