import { crc32 } from "node:zlib";
import { toCrc32, type Crc32 } from "../shared/index.ts";

/** One replacement: bytes of the patch, or one byte repeated. */
interface IpsRecord {
  readonly address: number;
  readonly length: number;
  /** Where its bytes are in the patch; the one byte of a run. */
  readonly from: number;
  readonly run: boolean;
}

interface IpsPatch {
  readonly records: readonly IpsRecord[];
  /** Size that the patch demands at its end (the "truncate" extension). */
  readonly resizeTo: number | undefined;
}

const EOF_ADDRESS = 0x454f46;
const CHUNK_BYTES = 256 * 1024;

/**
 * CRC of a content after an IPS patch, by RetroArch's reading of the format (tasks/task_patch.c, ips_apply_patch).
 * Addresses have 24 bits, so at most the first 16 MiB are held in memory.
 *
 * @param read - Fills the buffer from the content at a position; answers the number of bytes.
 * @returns Undefined when RetroArch would refuse the patch.
 */
export function patchIps(
  patch: Buffer,
  sourceBytes: number,
  maxBytes: number,
  read: (target: Buffer, position: number) => number,
): Crc32 | undefined {
  const parsed = parseIps(patch);
  if (parsed === undefined) {
    return undefined;
  }
  const patchedEnd = parsed.records.reduce((end, { address, length }) => Math.max(end, address + length), 0);
  const targetBytes = parsed.resizeTo ?? Math.max(sourceBytes, patchedEnd);
  if (patchedEnd > maxBytes || targetBytes > maxBytes) {
    return undefined;
  }
  const head = Buffer.alloc(patchedEnd);
  read(head, 0);
  for (const { address, length, from, run } of parsed.records) {
    head.fill(run ? (patch[from] ?? 0) : patch.subarray(from, from + length), address, address + length);
  }
  const crc = crc32(head.subarray(0, targetBytes));
  return toCrc32(crcOfRest(crc, head.length, targetBytes, sourceBytes, read));
}

/** What lies behind the last replacement, and zeros where the content ends before its new size. */
function crcOfRest(
  start: number,
  from: number,
  targetBytes: number,
  sourceBytes: number,
  read: (target: Buffer, position: number) => number,
): number {
  let crc = start;
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let position = from; position < targetBytes;) {
    const part = chunk.subarray(0, Math.min(chunk.length, targetBytes - position));
    const length = position < sourceBytes ? read(part, position) : 0;
    part.fill(0, length);
    crc = crc32(part, crc);
    position += part.length;
  }
  return crc;
}

function parseIps(patch: Buffer): IpsPatch | undefined {
  if (patch.length < 8 || patch.toString("latin1", 0, 5) !== "PATCH") {
    return undefined;
  }
  const records: IpsRecord[] = [];
  let offset = 5;
  while (offset <= patch.length - 3) {
    const address = patch.readUIntBE(offset, 3);
    offset += 3;
    if (address === EOF_ADDRESS && offset === patch.length) {
      return { records, resizeTo: undefined };
    }
    if (address === EOF_ADDRESS && offset === patch.length - 3) {
      return { records, resizeTo: patch.readUIntBE(offset, 3) };
    }
    const record = readRecord(patch, offset, address);
    if (record === undefined) {
      return undefined;
    }
    records.push(record);
    offset = record.from + (record.run ? 1 : record.length);
  }
  return undefined;
}

function readRecord(patch: Buffer, offset: number, address: number): IpsRecord | undefined {
  if (offset > patch.length - 2) {
    return undefined;
  }
  const length = patch.readUInt16BE(offset);
  if (length > 0) {
    const from = offset + 2;
    return from + length <= patch.length ? { address, length, from, run: false } : undefined;
  }
  if (offset + 5 > patch.length) {
    return undefined;
  }
  const runLength = patch.readUInt16BE(offset + 2);
  return runLength === 0 ? undefined : { address, length: runLength, from: offset + 4, run: true };
}
