/** Payload of a PASSWORD command: a SHA-256 in lower-case hex, without a terminator. */
export const PASSWORD_BYTES = 64;

/** What RetroArch takes the SHA-256 of: the salt, as eight upper-case hex digits, and the word. */
export function saltedPassword(salt: number, word: string): string {
  return `${salt.toString(16).toUpperCase().padStart(8, "0")}${word}`;
}
