import type { GameQuery } from "../game.ts";
import {
  ByteReader,
  ByteWriter,
  fail,
  ok,
  toCrc32,
  toPort,
  type Port,
  type Result,
} from "../shared/index.ts";

/** Why a datagram is no request. */
export type MalformedReason =
  "truncated" | "trailing-bytes" | "empty-core" | "bad-utf8" | "control-character";

/** Answer to a request that is not hosted. */
export const REFUSED = 0;

/** The public port of the session, or a refusal. */
export type HostReply = Port | typeof REFUSED;

/** Four empty strings and a CRC. Nothing shorter is ever answered. */
export const SHORTEST_REQUEST_BYTES = 8;

const LONGEST_FIELD_BYTES = 255;
const REPLY_BYTES = 2;

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

/** @throws RangeError when a field is longer than 255 bytes of UTF-8 or when the core has no name. */
export function encodeRequest(request: GameQuery): Buffer {
  if (request.core === "") {
    throw new RangeError("a request needs the name of a core");
  }
  const writer = new ByteWriter();
  for (const name of ["core", "coreVersion", "game", "base"] as const) {
    const bytes = Buffer.from(request[name]);
    if (bytes.length > LONGEST_FIELD_BYTES) {
      throw new RangeError(
        `${name} has ${bytes.length} bytes, a request has room for ${LONGEST_FIELD_BYTES}`,
      );
    }
    writer.u8(bytes.length).bytes(bytes);
  }
  return writer.u32(request.crc).finish();
}

export function decodeReply(bytes: Uint8Array): Result<HostReply, "wrong-length"> {
  const reader = new ByteReader(bytes);
  const port = reader.u16();
  if (bytes.length !== REPLY_BYTES) {
    return fail("wrong-length");
  }
  return ok(port === REFUSED ? REFUSED : toPort(port));
}

export function encodeReply(reply: HostReply): Buffer {
  return new ByteWriter().u16(reply).finish();
}

function decodeTexts(fields: readonly Uint8Array[]): string[] | undefined {
  try {
    return fields.map((bytes) => utf8.decode(bytes));
  } catch {
    return undefined;
  }
}
