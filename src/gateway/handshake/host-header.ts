import { arch, endianness, platform } from "node:os";
import {
  COMPRESSION_ZLIB,
  encodeHostHeader,
  encodeTurnAway,
  platformMagic,
  type ClientHeader,
} from "../../netplay/index.ts";

/**
 * A host's header. The implementation magic is the client's own: it only makes a client warn of another RetroArch
 * version, which says nothing about whether the game will work.
 */
export function hostHeader(protocol: number, implementation: number, salt: number): Buffer {
  return encodeHostHeader({
    magic: "RANP",
    platform: platformMagic({ endianness: endianness(), arch: arch(), os: platform() }),
    compression: COMPRESSION_ZLIB,
    salt,
    protocol,
    implementation,
  });
}

export type TurnAwayReason = "full" | "denied" | "old-protocol";

/** The answer to the header of a client that gets no slot. */
export function turnAway(
  reason: TurnAwayReason,
  { implementation }: ClientHeader,
  protocolHigh: number,
): Buffer {
  return reason === "old-protocol"
    ? hostHeader(0, implementation, 0)
    : encodeTurnAway(reason === "full" ? "FULL" : "DENY", protocolHigh);
}
