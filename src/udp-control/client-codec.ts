import type { GameQuery } from "../game.ts";
import { ByteReader, ByteWriter, fail, ok, toPort, type Result } from "../shared/index.ts";
import { REFUSED, type HostReply } from "./request-codec.ts";

const LONGEST_FIELD_BYTES = 255;

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
  if (!reader.finish()) {
    return fail("wrong-length");
  }
  return ok(port === REFUSED ? REFUSED : toPort(port));
}
