import {
  COMPRESSION_ZLIB,
  decodeClientOpening,
  decodeHostHeader,
  encodeClientHeader,
  HEADER_BYTES,
  type ClientOpening,
} from "../../netplay/index.ts";
import { fail, ok, type Result } from "../../shared/index.ts";
import { stepWithout, type HostHandshakeStep } from "./host-handshake.ts";

const POKE = Buffer.from("POKE", "latin1");

/** Reads how a client of a relayed room opens: with its header, or with POKE. */
export function decodeRelayedOpening(
  bytes: Buffer,
): Result<{ readonly message: ClientOpening; readonly length: number }, "need-more" | "not-netplay"> {
  const decoded = decodeClientOpening(bytes);
  if (!decoded.ok) {
    return fail(decoded.reason);
  }
  const length = decoded.value.type === "join" ? HEADER_BYTES : POKE.length;
  return ok({ message: decoded.value, length });
}

/** What a client opened with, as its host shall see it: with zlib, because a host crashes on a client without. */
export function relayedHello(opening: ClientOpening): Buffer {
  return opening.type === "poke"
    ? POKE
    : encodeClientHeader({
        ...opening.header,
        // JavaScript's | makes a negative number of one with the highest bit.
        compression: (opening.header.compression | COMPRESSION_ZLIB) >>> 0,
      });
}

/** Reads a host's header on its way to the client, whose business it is: protocol, password and all. */
export class RelayedHostHandshake {
  readonly #clientInflates: boolean;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(opening: ClientOpening) {
    this.#clientInflates = opening.type === "poke" || (opening.header.compression & COMPRESSION_ZLIB) !== 0;
  }

  push(chunk: Buffer): HostHandshakeStep {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const decoded = decodeHostHeader(this.#bytes);
    if (!decoded.ok) {
      return stepWithout(decoded.reason);
    }
    const { compression, protocol, salt, implementation } = decoded.value;
    return {
      type: "host-identified",
      header: this.#bytes.subarray(0, HEADER_BYTES),
      rest: this.#bytes.subarray(HEADER_BYTES),
      // A host without zlib sends its savestates as they are.
      inflates: !this.#clientInflates && (compression & COMPRESSION_ZLIB) !== 0,
      asksPassword: salt !== 0,
      protocol,
      implementation,
    };
  }
}
