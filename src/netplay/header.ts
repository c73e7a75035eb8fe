import { ByteReader, ByteWriter, fail, ok, type Result } from "../shared/index.ts";

/** Size of the first message in either direction. */
export const HEADER_BYTES = 24;

/** The lowest protocol that RetroArch 1.9.1 and newer speak, and the lowest that is accepted. */
export const LOWEST_PROTOCOL = 5;

/** Bit 0 of the compression bitmap. */
export const COMPRESSION_ZLIB = 1;

const MAGIC_BYTES = 4;

/** A client's first message, with sizes, versions and flags as they are sent. */
export interface ClientHeader {
  readonly platform: number;
  /** Bitmap of what the client can inflate: 0 or COMPRESSION_ZLIB. */
  readonly compression: number;
  /** Highest protocol; 0 from clients up to 1.9.14, which do not have the field. */
  readonly highestProtocol: number;
  /** Lowest protocol; of clients up to 1.9.14 the only one. */
  readonly lowestProtocol: number;
  readonly implementation: number;
}

/** The first message of a connection. `POKE` asks whether a RetroArch is there, and is complete after its 4 bytes. */
export type ClientOpening =
  { readonly type: "join"; readonly header: ClientHeader } | { readonly type: "poke" };

/** A host's first message. `RANP` accepts (with protocol 0 it says "too old"); `FULL` and `DENY` refuse. */
export interface HostHeader {
  readonly magic: "RANP" | "FULL" | "DENY";
  readonly platform: number;
  readonly compression: number;
  /** 0: no password is needed. */
  readonly salt: number;
  /** The protocol of this connection; 0 when there is none in common. */
  readonly protocol: number;
  readonly implementation: number;
}

/** Reads the beginning of a client's stream. `not-netplay` is known after 4 bytes. */
export function decodeClientOpening(bytes: Uint8Array): Result<ClientOpening, "need-more" | "not-netplay"> {
  if (bytes.length < MAGIC_BYTES) {
    return fail("need-more");
  }
  const magic = readMagic(bytes);
  if (magic === "POKE") {
    return ok({ type: "poke" });
  }
  if (magic !== "RANP") {
    return fail("not-netplay");
  }
  if (bytes.length < HEADER_BYTES) {
    return fail("need-more");
  }
  const reader = new ByteReader(bytes.subarray(MAGIC_BYTES, HEADER_BYTES));
  const header: ClientHeader = {
    platform: reader.u32(),
    compression: reader.u32(),
    highestProtocol: reader.u32(),
    lowestProtocol: reader.u32(),
    implementation: reader.u32(),
  };
  return ok({ type: "join", header });
}

export function encodeClientHeader(header: ClientHeader): Buffer {
  return new ByteWriter()
    .bytes(Buffer.from("RANP", "latin1"))
    .u32(header.platform)
    .u32(header.compression)
    .u32(header.highestProtocol)
    .u32(header.lowestProtocol)
    .u32(header.implementation)
    .finish();
}

/** Reads the beginning of a host's stream. `not-netplay` is known after 4 bytes. */
export function decodeHostHeader(bytes: Uint8Array): Result<HostHeader, "need-more" | "not-netplay"> {
  if (bytes.length < MAGIC_BYTES) {
    return fail("need-more");
  }
  const magic = readMagic(bytes);
  if (magic !== "RANP" && magic !== "FULL" && magic !== "DENY") {
    return fail("not-netplay");
  }
  if (bytes.length < HEADER_BYTES) {
    return fail("need-more");
  }
  const reader = new ByteReader(bytes.subarray(MAGIC_BYTES, HEADER_BYTES));
  return ok({
    magic,
    platform: reader.u32(),
    compression: reader.u32(),
    salt: reader.u32(),
    protocol: reader.u32(),
    implementation: reader.u32(),
  });
}

export function encodeHostHeader(header: HostHeader): Buffer {
  return new ByteWriter()
    .bytes(Buffer.from(header.magic, "latin1"))
    .u32(header.platform)
    .u32(header.compression)
    .u32(header.salt)
    .u32(header.protocol)
    .u32(header.implementation)
    .finish();
}

/** `FULL` or `DENY` as a host sends it: only the magic and its highest protocol. */
export function encodeTurnAway(magic: "FULL" | "DENY", protocolHigh: number): Buffer {
  return encodeHostHeader({
    magic,
    platform: 0,
    compression: 0,
    salt: 0,
    protocol: protocolHigh,
    implementation: 0,
  });
}

/**
 * The protocol that a host whose highest is `protocolHigh` chooses for this client; undefined when it has none in
 * common with it (RetroArch's rule: the client's highest if it names one, else its only one).
 */
export function negotiateProtocol(
  header: Pick<ClientHeader, "highestProtocol" | "lowestProtocol">,
  protocolHigh: number,
): number | undefined {
  const chosen =
    header.highestProtocol === 0 ? header.lowestProtocol : Math.min(header.highestProtocol, protocolHigh);
  return chosen >= LOWEST_PROTOCOL && chosen <= protocolHigh ? chosen : undefined;
}

export interface Platform {
  readonly endianness: "BE" | "LE";
  /** As Node names it, e.g. `x64`. */
  readonly arch: string;
  /** As Node names it, e.g. `linux`. */
  readonly os: string;
}

const ARCHS_OF_32_BITS = ["arm", "ia32", "mips", "mipsel", "ppc", "s390"];

/** Bit 30: big-endian; bits 29 to 15: sizeof(size_t); bits 14 to 0: sizeof(long), which is 4 on every Windows. */
export function platformMagic({ endianness, arch, os }: Platform): number {
  const pointerBytes = ARCHS_OF_32_BITS.includes(arch) ? 4 : 8;
  const longBytes = os === "win32" ? 4 : pointerBytes;
  return (endianness === "BE" ? 0x40000000 : 0) + (pointerBytes << 15) + longBytes;
}

/**
 * RetroArch's pseudo-hash of its version; peers only warn when it differs.
 *
 * @param version - For example `1.14.0`.
 * @param protocolHigh - The highest protocol that this version speaks.
 */
export function implementationMagic(version: string, protocolHigh: number): number {
  let magic = 0;
  for (let index = 0; index < version.length; index++) {
    magic ^= version.charCodeAt(index) << (index & 15);
  }
  return (magic ^ (protocolHigh << (version.length & 15))) >>> 0;
}

function readMagic(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, MAGIC_BYTES)).toString("latin1");
}
