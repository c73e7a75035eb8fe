import {
  ByteReader,
  ByteWriter,
  fail,
  foldName,
  ok,
  toCrc32,
  type Crc32,
  type Result,
} from "../shared/index.ts";
import { decodeTextField, encodeTextField } from "./text-field.ts";

/** Payload of an INFO that is not empty. */
export const INFO_BYTES = 68;

const FIELD_BYTES = 32;

/** What a peer has loaded, as its core reports it. A version may end in a blank: Debian's Nestopia says `1.52.0 `. */
export interface Info {
  readonly crc: Crc32;
  readonly coreName: string;
  readonly coreVersion: string;
}

/** An INFO without payload: "nothing loaded, tell me what you have". The receiver answers with its own. */
export type InfoMessage = { readonly type: "question" } | { readonly type: "answer"; readonly info: Info };

/**
 * `old-layout` is the field order of RetroArch 1.9.0 and older (name, version, CRC), which has the same protocol
 * number and the same size. The padding distinguishes the two: both pad their fields with NULs, so text behind a NUL
 * shows the older order.
 */
export type InfoDecodeFault = "wrong-size" | "old-layout" | "not-text";

export function decodeInfo(payload: Uint8Array): Result<InfoMessage, InfoDecodeFault> {
  if (payload.length === 0) {
    return ok({ type: "question" });
  }
  if (payload.length !== INFO_BYTES) {
    return fail("wrong-size");
  }
  const reader = new ByteReader(payload);
  const crc = toCrc32(reader.u32());
  const name = reader.bytes(FIELD_BYTES);
  const version = reader.bytes(FIELD_BYTES);
  if (isName(name) && isPaddedText(version)) {
    const info = { crc, coreName: decodeTextField(name), coreVersion: decodeTextField(version) };
    return ok({ type: "answer", info });
  }
  const isOld =
    isName(payload.subarray(0, FIELD_BYTES)) && isPaddedText(payload.subarray(FIELD_BYTES, 2 * FIELD_BYTES));
  return fail(isOld ? "old-layout" : "not-text");
}

/** Names and versions are cut to 31 bytes. */
export function encodeInfo({ crc, coreName, coreVersion }: Info): Buffer {
  return new ByteWriter()
    .u32(crc)
    .bytes(encodeTextField(coreName, FIELD_BYTES))
    .bytes(encodeTextField(coreVersion, FIELD_BYTES))
    .finish();
}

/** Compares core names as a peer does: the part that fits the field, without case. */
export function isSameCoreName(one: string, other: string): boolean {
  const asSent = (name: string): string => foldName(decodeTextField(encodeTextField(name, FIELD_BYTES)));
  return asSent(one) === asSent(other);
}

function isName(field: Uint8Array): boolean {
  return field[0] !== 0 && isPaddedText(field);
}

/** Text without control characters, then NULs to the end, at least one. A cut may end within a UTF-8 character. */
function isPaddedText(field: Uint8Array): boolean {
  const nul = field.indexOf(0);
  return (
    nul !== -1 &&
    field.subarray(nul).every((byte) => byte === 0) &&
    field.subarray(0, nul).every((byte) => byte >= 0x20 && byte !== 0x7f)
  );
}

/**
 * The core's name in the INFO for a player whose version of the core fits none of the builds here. The INFO's version is one
 * that is hosted here, or empty when none is known.
 */
export function anotherBuildOf(coreName: string): string {
  return `another ${coreName}`;
}
