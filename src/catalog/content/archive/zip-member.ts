import { readSync } from "node:fs";
import { inflateRawSync, constants } from "node:zlib";
import { MAX_RATIO } from "./zip-directory.ts";
import type { ZipRecord } from "./zip-tail.ts";

const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER_MAGIC = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
/** More than enough packed bytes for a few hundred unpacked ones, whatever tables deflate puts in front. */
const START_BYTES = 4096;

/** Unpacks a member into memory; undefined when it is larger than `maxBytes`, or not what the directory says. */
export function readZipMember(fd: number, member: ZipRecord, maxBytes: number): Buffer | undefined {
  const { uncompressedSize, compressedSize } = member;
  if (uncompressedSize > maxBytes || compressedSize > maxBytes) {
    return undefined;
  }
  const bytes = unpack(fd, member, compressedSize, uncompressedSize);
  return bytes?.length === uncompressedSize ? bytes : undefined;
}

/** The first bytes of a member, at most some hundred; undefined when they cannot be unpacked. */
export function readZipMemberStart(fd: number, member: ZipRecord, length: number): Buffer | undefined {
  return unpack(fd, member, START_BYTES, START_BYTES * MAX_RATIO)?.subarray(0, length);
}

/** Unpacks at most `maxPackedBytes` of a member. */
function unpack(fd: number, member: ZipRecord, maxPackedBytes: number, maxBytes: number): Buffer | undefined {
  const header = Buffer.alloc(LOCAL_HEADER_BYTES);
  const at = member.relativeOffsetOfLocalHeader;
  if (
    readSync(fd, header, 0, header.length, at) !== header.length ||
    header.readUInt32LE(0) !== LOCAL_HEADER_MAGIC
  ) {
    return undefined;
  }
  const start = at + header.length + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = Buffer.allocUnsafe(Math.min(member.compressedSize, maxPackedBytes));
  const data = packed.subarray(0, readSync(fd, packed, 0, packed.length, start));
  if (member.compressionMethod === STORED) {
    return data;
  }
  if (member.compressionMethod !== DEFLATED) {
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
