import { decodeHostTunnelMessage, type Decoded } from "../../netplay/index.ts";
import { fail, ok, type Result } from "../../shared/index.ts";

/** What a connection to the netplay port is for. */
export type OpeningBytes =
  /** RANP or POKE: netplay's own handshake, of which nothing is consumed. */
  | { readonly type: "netplay" }
  /** RATS: a client for the session of this id. */
  | { readonly type: "join"; readonly id: Buffer }
  /** RATS with zeros: a player's RetroArch that hosts and wants to be relayed. */
  | { readonly type: "host" }
  /** RATL: that RetroArch opens a link on request. */
  | { readonly type: "link"; readonly peer: Buffer };

const MAGIC_BYTES = 4;

/** Reads the beginning of a connection to the netplay port. `unexpected-command` is known after 4 bytes. */
export function decodeOpeningBytes(
  bytes: Buffer,
): Result<Decoded<OpeningBytes>, "need-more" | "unexpected-command"> {
  if (bytes.length < MAGIC_BYTES) {
    return fail("need-more");
  }
  const magic = bytes.toString("latin1", 0, MAGIC_BYTES);
  if (magic === "RANP" || magic === "POKE") {
    return ok({ message: { type: "netplay" }, length: 0 });
  }
  const decoded = decodeHostTunnelMessage(bytes);
  if (!decoded.ok) {
    // RATA and RATP have no place on a new connection.
    return fail(decoded.reason === "need-more" && magic !== "RATA" ? "need-more" : "unexpected-command");
  }
  const { message, length } = decoded.value;
  switch (message.type) {
    case "session":
      return ok({
        message: message.id.every((byte) => byte === 0) ? { type: "host" } : { type: "join", id: message.id },
        length,
      });
    case "link":
      return ok({ message: { type: "link", peer: message.peer }, length });
    default:
      return fail("unexpected-command");
  }
}
