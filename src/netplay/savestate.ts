import { ByteReader, ByteWriter, fail, ok, type Result } from "../shared/index.ts";

/** The fields before the data in LOAD_SAVESTATE. */
export const SAVESTATE_HEAD_BYTES = 8;

export interface SavestateHead {
  readonly frame: number;
  /** Size of the state when inflated, as the host announces it; any 32-bit number. */
  readonly uncompressedBytes: number;
}

/** What a core's savestates are made of. */
export interface SavestateSizes {
  /** Of the core alone, uncompressed. */
  readonly stateSizeBytes: number;
  readonly sramBytes: number;
}

/** Reads the first 8 bytes of the payload; the data, deflated when the connection agreed on zlib, follows. */
export function decodeSavestateHead(payload: Uint8Array): Result<SavestateHead, "too-short"> {
  if (payload.length < SAVESTATE_HEAD_BYTES) {
    return fail("too-short");
  }
  const reader = new ByteReader(payload);
  return ok({ frame: reader.u32(), uncompressedBytes: reader.u32() });
}

/** The payload: head, then the data as it is to be sent. */
export function encodeSavestate({ frame, uncompressedBytes }: SavestateHead, data: Uint8Array): Buffer {
  return new ByteWriter().u32(frame).u32(uncompressedBytes).bytes(data).finish();
}
