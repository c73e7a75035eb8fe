import { createHash } from "node:crypto";
import { saltedPassword } from "../netplay/index.ts";

/** What a RetroArch sends that was asked for a password with this salt: 64 hex digits. */
export function passwordHash(salt: number, word: string): string {
  return createHash("sha256").update(saltedPassword(salt, word)).digest("hex");
}
