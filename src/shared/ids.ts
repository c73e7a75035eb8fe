import { randomBytes } from "node:crypto";

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** CRC-32 (zlib polynomial) of a content as RetroArch announces it in netplay: an unsigned 32-bit integer, 0 = unknown. */
export type Crc32 = Branded<number, "Crc32">;

/** A TCP or UDP port, 1 to 65535. */
export type Port = Branded<number, "Port">;

/**
 * The id of a session: 12 random bytes in standard base64 (16 characters), the form in which
 * RetroArch takes the id of a relayed room (`--mitm-session`, third part of `--connect`).
 */
export type SessionId = Branded<string, "SessionId">;

const SESSION_ID_BYTES = 12;

/** @throws RangeError when the value is no unsigned 32-bit integer. */
export function toCrc32(value: number): Crc32 {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new RangeError(`not an unsigned 32-bit integer: ${value}`);
  }
  return value as Crc32;
}

/** The usual spelling: 8 upper-case hex digits. */
export function formatCrc32(crc: Crc32): string {
  return crc.toString(16).toUpperCase().padStart(8, "0");
}

/** Reads 1 to 8 hex digits, with or without `0x`; undefined for anything else. */
export function parseCrc32(text: string): Crc32 | undefined {
  const digits = /^(?:0x)?([0-9a-f]{1,8})$/i.exec(text.trim())?.[1];
  return digits === undefined ? undefined : toCrc32(Number.parseInt(digits, 16));
}

/** @throws RangeError when the value is no port. */
export function toPort(value: number): Port {
  if (!Number.isInteger(value) || value < 1 || value > 65535) {
    throw new RangeError(`not a port (1 to 65535): ${value}`);
  }
  return value as Port;
}

export function newSessionId(): SessionId {
  return randomBytes(SESSION_ID_BYTES).toString("base64") as SessionId;
}

/** The session id that these 12 bytes spell; undefined for another length. */
export function sessionIdFromBytes(bytes: Uint8Array): SessionId | undefined {
  return bytes.length === SESSION_ID_BYTES ? (Buffer.from(bytes).toString("base64") as SessionId) : undefined;
}

export function sessionIdToBytes(id: SessionId): Buffer {
  return Buffer.from(id, "base64");
}

/** A file name for the session: its 12 bytes as 24 hex digits (base64 may hold a slash). */
export function sessionDirectoryName(id: SessionId): string {
  return sessionIdToBytes(id).toString("hex");
}
