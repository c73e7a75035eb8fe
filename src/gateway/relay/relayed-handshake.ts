import {
  COMPRESSION_ZLIB,
  decodeHostHeader,
  encodeClientHeader,
  HEADER_BYTES,
  type ClientOpening,
} from "../../netplay/index.ts";
import { POKE, stepWithout, type HostHandshakeStep } from "../handshake/index.ts";

/** What a client of a relayed room opened with, as its host shall see it: with zlib, because a host
 * crashes on a client without. */
export function relayedHello(opening: ClientOpening): Buffer {
  return opening.type === "poke"
    ? POKE
    : encodeClientHeader({
        ...opening.header,
        // JavaScript's | makes a negative number of one with the highest bit.
        compression: (opening.header.compression | COMPRESSION_ZLIB) >>> 0,
      });
}

/** Reads a relayed host's header on its way to the client. Protocol and password are between the two. */
export function readRelayedHostHandshake(opening: ClientOpening, bytes: Buffer): HostHandshakeStep {
  const decoded = decodeHostHeader(bytes);
  if (!decoded.ok) {
    return stepWithout(decoded.reason);
  }
  const { compression, protocol, salt, implementation } = decoded.value;
  const clientInflates = opening.type === "poke" || (opening.header.compression & COMPRESSION_ZLIB) !== 0;
  return {
    type: "host-identified",
    header: bytes.subarray(0, HEADER_BYTES),
    rest: bytes.subarray(HEADER_BYTES),
    // A host without zlib sends its savestates as they are.
    inflates: !clientInflates && (compression & COMPRESSION_ZLIB) !== 0,
    asksPassword: salt !== 0,
    protocol,
    implementation,
  };
}
