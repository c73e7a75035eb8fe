import { crc32 } from "node:zlib";
import { toCrc32, type Crc32 } from "../../shared/index.ts";

/** Bytes that can be read anywhere, without all of them being in memory. */
export interface ContentBytes {
  readonly sizeBytes: number;
  /** Fills the buffer from a position on; answers with the number of bytes, fewer only at the end. */
  readonly read: (target: Buffer, position: number) => number;
}

const CHUNK_BYTES = 256 * 1024;

export function crcOfBytes({ sizeBytes, read }: ContentBytes): Crc32 {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, sizeBytes));
  let crc = 0;
  for (let position = 0; position < sizeBytes;) {
    const length = read(chunk.subarray(0, Math.min(chunk.length, sizeBytes - position)), position);
    if (length === 0) {
      break;
    }
    crc = crc32(chunk.subarray(0, length), crc);
    position += length;
  }
  return toCrc32(crc);
}

export function bytesInMemory(bytes: Buffer): ContentBytes {
  return { sizeBytes: bytes.length, read: (target, position) => bytes.copy(target, 0, position) };
}
