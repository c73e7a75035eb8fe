import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

/** The version of this netplayd, from its package.json. */
export function readOwnVersion(): string {
  const text = readFileSync(path.resolve(import.meta.dirname, "../package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
