import type { GameQuery } from "../game.ts";
import { ByteReader, ByteWriter, fail, ok, toCrc32, type Port, type Result } from "../shared/index.ts";

/** Why a datagram is no request. */
type MalformedReason = "truncated" | "trailing-bytes" | "empty-core" | "bad-utf8" | "control-character";

/** Answer to a request that is not hosted. */
export const REFUSED = 0;

/** The public port of the session, or a refusal. */
export type HostReply = Port | typeof REFUSED;

/** Four empty strings and a CRC. Nothing shorter is ever answered. */
export const SHORTEST_REQUEST_BYTES = 8;

// C0, DEL and C1. No core or game has them in its name; a launcher that sends a padded C buffer has.
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;

// Without ignoreBOM a leading U+FEFF would vanish, and two different requests would decode to the same one.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function decodeRequest(bytes: Uint8Array): Result<GameQuery, MalformedReason> {
  const reader = new ByteReader(bytes);
  let expected = SHORTEST_REQUEST_BYTES;
  const field = (): Uint8Array => {
    const length = reader.u8();
    expected += length;
    return reader.bytes(length);
  };
  const fields = [field(), field(), field(), field()];
  const crc = toCrc32(reader.u32());
  if (!reader.finish()) {
    return fail(bytes.length > expected ? "trailing-bytes" : "truncated");
  }
  const texts = decodeTexts(fields);
  if (texts === undefined) {
    return fail("bad-utf8");
  }
  const [core = "", coreVersion = "", game = "", base = ""] = texts;
  if (core === "") {
    return fail("empty-core");
  }
  if (texts.some((text) => CONTROL_CHARACTER.test(text))) {
    return fail("control-character");
  }
  return ok({ core, coreVersion, game, base, crc });
}

function decodeTexts(fields: readonly Uint8Array[]): string[] | undefined {
  try {
    return fields.map((bytes) => utf8.decode(bytes));
  } catch {
    return undefined;
  }
}

export function encodeReply(reply: HostReply): Buffer {
  return new ByteWriter().u16(reply).finish();
}
