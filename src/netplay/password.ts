import { createHash } from "node:crypto";

/** Payload of a PASSWORD command: a SHA-256 in lower-case hex, without a terminator. */
export const PASSWORD_BYTES = 64;

/** What RetroArch sends for a password: the hash of the salt, as eight upper-case hex digits, and the word. */
export function passwordHash(salt: number, word: string): string {
  const prefix = salt.toString(16).toUpperCase().padStart(8, "0");
  return createHash("sha256").update(prefix).update(word).digest("hex");
}
