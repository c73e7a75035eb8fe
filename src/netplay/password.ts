import { createHash } from "node:crypto";

/** Payload of a PASSWORD command: a SHA-256 in lower-case hex, without a terminator. */
export const PASSWORD_BYTES = 64;

/**
 * What RetroArch sends for a password and this salt: 64 hex digits, the SHA-256 of the salt, as eight upper-case hex digits,
 * and the password.
 */
export function hashPassword(salt: number, password: string): string {
  const salted = `${salt.toString(16).toUpperCase().padStart(8, "0")}${password}`;
  return createHash("sha256").update(salted).digest("hex");
}
