import { readSync } from "node:fs";

/** A member as its record in the directory says; yauzl's entries are such records. */
export interface ZipRecord {
  readonly generalPurposeBitFlag: number;
  readonly compressionMethod: number;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  readonly relativeOffsetOfLocalHeader: number;
  /** Valid until the next zip is read. */
  readonly fileNameRaw: Buffer;
}

/** 1 KiB is enough for one game, 8 KiB for about ten members, 64 KiB for a few hundred. */
const TAIL_BYTES = [1024, 8192, 65_536] as const;

/** One for the thread, reading is synchronous. */
const buffer = Buffer.allocUnsafeSlow(TAIL_BYTES[2]);

/** APPNOTE.TXT 4.3.16, 4.3.15, 4.3.12; the three numbers that send the reader to a zip64 record. */
const END = { signature: 0x06054b50, bytes: 22 };
const ZIP64_LOCATOR = { signature: 0x07064b50, bytes: 20 };
const RECORD = { signature: 0x02014b50, bytes: 46 };
const IN_ZIP64 = 0xffffffff;
const STRONG_ENCRYPTION = 0x40;

/**
 * Reads the directory of an ordinary zip with one read of its end.
 *
 * @returns Undefined for any other zip, also for a damaged one: yauzl reads those.
 */
export function readZipTail(fd: number, sizeBytes: number): ZipRecord[] | undefined {
  for (const bytes of TAIL_BYTES) {
    const length = Math.min(bytes, sizeBytes);
    const tail = buffer.subarray(0, length);
    if (readSync(fd, buffer, 0, length, sizeBytes - length) !== length) {
      return undefined;
    }
    const end = findEnd(tail);
    if (end !== undefined && end.directoryOffset >= sizeBytes - length) {
      return readRecords(tail, end.directoryOffset - (sizeBytes - length), end.count);
    }
    if (length === sizeBytes) {
      return undefined;
    }
  }
  return undefined;
}

/** The last record of the file, with nothing but its comment behind it. */
function findEnd(tail: Buffer): { directoryOffset: number; count: number } | undefined {
  let at = tail.length - END.bytes;
  while (at >= 0 && tail.readUInt32LE(at) !== END.signature) {
    at--;
  }
  if (at < 0 || tail.readUInt16LE(at + 20) !== tail.length - at - END.bytes) {
    return undefined;
  }
  const locatorAt = at - ZIP64_LOCATOR.bytes;
  const isZip64 = locatorAt >= 0 && tail.readUInt32LE(locatorAt) === ZIP64_LOCATOR.signature;
  // Without room for a locator in the tail, there is no room for a directory either.
  if (isZip64 || locatorAt < 0 || tail.readUInt16LE(at + 4) !== 0) {
    return undefined;
  }
  return { directoryOffset: tail.readUInt32LE(at + 16), count: tail.readUInt16LE(at + 10) };
}

function readRecords(tail: Buffer, from: number, count: number): ZipRecord[] | undefined {
  const records: ZipRecord[] = [];
  let at = from;
  for (let index = 0; index < count; index++) {
    if (at + RECORD.bytes > tail.length || tail.readUInt32LE(at) !== RECORD.signature) {
      return undefined;
    }
    const nameAt = at + RECORD.bytes;
    const extraAt = nameAt + tail.readUInt16LE(at + 28);
    const commentAt = extraAt + tail.readUInt16LE(at + 30);
    const record = {
      generalPurposeBitFlag: tail.readUInt16LE(at + 8),
      compressionMethod: tail.readUInt16LE(at + 10),
      crc32: tail.readUInt32LE(at + 16),
      compressedSize: tail.readUInt32LE(at + 20),
      uncompressedSize: tail.readUInt32LE(at + 24),
      relativeOffsetOfLocalHeader: tail.readUInt32LE(at + 42),
      fileNameRaw: tail.subarray(nameAt, extraAt),
    };
    at = commentAt + tail.readUInt16LE(at + 32);
    if (at > tail.length || !isOrdinary(record) || !isWellFormed(tail.subarray(extraAt, commentAt))) {
      return undefined;
    }
    records.push(record);
  }
  return records;
}

function isOrdinary(record: ZipRecord): boolean {
  return (
    record.compressedSize !== IN_ZIP64 &&
    record.uncompressedSize !== IN_ZIP64 &&
    record.relativeOffsetOfLocalHeader !== IN_ZIP64 &&
    (record.generalPurposeBitFlag & STRONG_ENCRYPTION) === 0
  );
}

/** Extra fields, each an id and its length in two bytes each, fill their place. */
function isWellFormed(extra: Buffer): boolean {
  let at = 0;
  while (at + 4 <= extra.length) {
    at += 4 + extra.readUInt16LE(at + 2);
  }
  return at === extra.length;
}
