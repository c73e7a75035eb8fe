import { crc32 } from "node:zlib";
import { toCrc32, type Crc32 } from "../../shared/index.ts";

/** The polynomial of CRC-32, least significant bit first. */
const POLYNOMIAL = 0xedb88320;
/** The polynomial 1, and the polynomial x to the 8th: a byte of zeros. */
const ONE = 0x80000000;
const BYTE = 0x00800000;

/**
 * The CRC of a content without its first bytes, computed from the CRC of the whole and from those bytes. A CRC is linear: the CRC of
 * the whole is the CRC of the start, shifted by the length of the rest, plus the CRC of the rest.
 */
export function crcAfterPrefix(whole: Crc32, start: Uint8Array, restBytes: number): Crc32 {
  return toCrc32((whole ^ multiply(crc32(start), zeros(restBytes))) >>> 0);
}

/** What a CRC is multiplied with when so many zero bytes follow: x to the 8 times their number. */
function zeros(bytes: number): number {
  let power = ONE;
  let square = BYTE;
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) {
      power = multiply(power, square);
    }
    square = multiply(square, square);
  }
  return power;
}

/** Product of two polynomials modulo that of CRC-32. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) {
      product ^= shifted;
    }
    shifted = (shifted & 1) === 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return product >>> 0;
}
