import type { ContentBytes } from "../content-bytes.ts";

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

/**
 * A content after an IPS patch, by RetroArch's reading of the format (tasks/task_patch.c, ips_apply_patch).
 * Addresses have 24 bits, so at most the first 16 MiB are held in memory.
 *
 * @returns Undefined when RetroArch would refuse the patch.
 */
export function patchIps(patch: Buffer, source: ContentBytes): ContentBytes | undefined {
  const parsed = parseIps(patch);
  if (parsed === undefined) {
    return undefined;
  }
  const patchedEnd = parsed.records.reduce((end, { address, length }) => Math.max(end, address + length), 0);
  const head = Buffer.alloc(patchedEnd);
  source.read(head, 0);
  for (const { address, length, from, run } of parsed.records) {
    head.fill(run ? (patch[from] ?? 0) : patch.subarray(from, from + length), address, address + length);
  }
  const sizeBytes = parsed.resizeTo ?? Math.max(source.sizeBytes, patchedEnd);
  return { sizeBytes, read: (target, position) => readPatched(head, source, sizeBytes, target, position) };
}

/** What lies behind the last replacement is the source's, and zeros where that ends before the new size. */
function readPatched(
  head: Buffer,
  source: ContentBytes,
  sizeBytes: number,
  target: Buffer,
  position: number,
): number {
  const wanted = target.subarray(0, Math.max(0, Math.min(target.length, sizeBytes - position)));
  let done = position < head.length ? head.copy(wanted, 0, position) : 0;
  if (done < wanted.length && position + done < source.sizeBytes) {
    done += source.read(wanted.subarray(done), position + done);
  }
  wanted.fill(0, done);
  return wanted.length;
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
