import { readSync } from "node:fs";
import { inflateRawSync, constants } from "node:zlib";
import { MAX_RATIO, type PackedMember } from "./zip-directory.ts";

const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER_MAGIC = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
/** More than enough packed bytes for a few hundred unpacked ones, whatever tables deflate puts in front. */
const START_BYTES = 4096;

/** Unpacks a member into memory; undefined when it is larger than `maxBytes`, or not what the directory says. */
export function readZipMember(fd: number, packed: PackedMember, maxBytes: number): Buffer | undefined {
  if (packed.sizeBytes > maxBytes || packed.packedBytes > maxBytes) {
    return undefined;
  }
  const bytes = unpack(packed, readData(fd, packed, packed.packedBytes), packed.sizeBytes);
  return bytes?.length === packed.sizeBytes ? bytes : undefined;
}

/** The first bytes of a member, at most some hundred; undefined when they cannot be unpacked. */
export function readZipMemberStart(fd: number, packed: PackedMember, length: number): Buffer | undefined {
  return unpack(packed, readData(fd, packed, START_BYTES), START_BYTES * MAX_RATIO)?.subarray(0, length);
}

function readData(fd: number, { offset, packedBytes }: PackedMember, maxBytes: number): Buffer | undefined {
  const header = Buffer.alloc(LOCAL_HEADER_BYTES);
  if (
    readSync(fd, header, 0, header.length, offset) !== header.length ||
    header.readUInt32LE(0) !== LOCAL_HEADER_MAGIC
  ) {
    return undefined;
  }
  const start = offset + header.length + header.readUInt16LE(26) + header.readUInt16LE(28);
  const data = Buffer.allocUnsafe(Math.min(packedBytes, maxBytes));
  return data.subarray(0, readSync(fd, data, 0, data.length, start));
}

function unpack({ method }: PackedMember, data: Buffer | undefined, maxBytes: number): Buffer | undefined {
  if (data === undefined || method === STORED) {
    return data;
  }
  if (method !== DEFLATED) {
    return undefined;
  }
  try {
    // Without the demand for an end, what was cut off gives as much as there is.
    return inflateRawSync(data, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: Math.max(maxBytes, 1),
    });
  } catch {
    return undefined;
  }
}
