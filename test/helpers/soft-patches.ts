import { crc32 } from "node:zlib";

/** Writes patches, each in the simplest form of its format. */

/** A replacement at an offset, with no bytes removed or added. */
export interface Change {
  readonly at: number;
  readonly bytes: Buffer;
}

export function changed(content: Buffer, { at, bytes }: Change): Buffer {
  const target = Buffer.from(content);
  bytes.copy(target, at);
  return target;
}

/** One record: offset (24 bits), length (16 bits), bytes. */
export function ipsPatch({ at, bytes }: Change): Buffer {
  const record = Buffer.alloc(5);
  record.writeUIntBE(at, 0, 3);
  record.writeUInt16BE(bytes.length, 3);
  return Buffer.concat([Buffer.from("PATCH"), record, bytes, Buffer.from("EOF")]);
}

/** Sizes, no metadata, and one TargetRead (1) of the whole target. */
export function bpsPatch(source: Buffer, target: Buffer): Buffer {
  const sizes = [source.length, target.length, 0].map(beatNumber);
  const read = beatNumber(((target.length - 1) << 2) | 1);
  return sealed(Buffer.concat([Buffer.from("BPS1"), ...sizes, read, target]), source, target);
}

/** Sizes, and one hunk: the bytes before it, what differs by XOR, a zero. */
export function upsPatch(source: Buffer, target: Buffer, { at, bytes }: Change): Buffer {
  const sizes = [source.length, target.length].map(beatNumber);
  const hunk = bytes.map((byte, index) => byte ^ (source[at + index] ?? 0));
  return sealed(
    Buffer.concat([Buffer.from("UPS1"), ...sizes, beatNumber(at), hunk, Buffer.from([0])]),
    source,
    target,
  );
}

/** VCDIFF (RFC 3284), of which xdelta is a dialect: one window without a source, in which one ADD has all bytes. */
export function xdeltaPatch(target: Buffer): Buffer {
  const size = vcdiffNumber(target.length);
  const add = Buffer.concat([Buffer.from([1]), size]); // code 1: ADD, whose size follows
  const lengths = [target.length, add.length, 0].map(vcdiffNumber);
  const delta = Buffer.concat([size, Buffer.from([0]), ...lengths, target, add]);
  const header = Buffer.from([0xd6, 0xc3, 0xc4, 0, 0]); // magic, version 0, no secondary compression
  const window = Buffer.concat([Buffer.from([0]), vcdiffNumber(delta.length), delta]);
  return Buffer.concat([header, window]);
}

/** CRCs of source, target and all that. */
function sealed(patch: Buffer, source: Buffer, target: Buffer): Buffer {
  const withSums = Buffer.concat([patch, littleEndian(crc32(source)), littleEndian(crc32(target))]);
  return Buffer.concat([withSums, littleEndian(crc32(withSums))]);
}

function littleEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The numbers of BPS and UPS: 7 bits a byte, the lowest first, the last one marked; each further byte counts from one. */
function beatNumber(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = (rest >> 7) - 1) {
    if (rest < 0x80) {
      return Buffer.from([...bytes, rest | 0x80]);
    }
    bytes.push(rest & 0x7f);
  }
}

/** The numbers of VCDIFF: 7 bits a byte, the highest first, all but the last one marked. */
function vcdiffNumber(value: number): Buffer {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) {
    bytes.unshift((rest & 0x7f) | 0x80);
  }
  return Buffer.from(bytes);
}
