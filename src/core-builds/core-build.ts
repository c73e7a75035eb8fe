import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { CoreConfig } from "../config.ts";
import type { SavestateSizes } from "../netplay/index.ts";

/** What a build of a core said of itself when it hosted once. */
export interface CoreBuild {
  /** Of the library file, in hex: what is learnt belongs to these bytes, wherever they lie. */
  readonly sha256: string;
  /** Its file's name, for people: the file may be gone. */
  readonly file: string;
  /** `name` of the core in the configuration. */
  readonly core: string;
  /** How it was tried, see `settingOf`; and with which game. Savestate sizes compare only within the same of both. */
  readonly setting: string;
  readonly sample: string;
  readonly outcome: BuildOutcome;
}

export type BuildOutcome =
  | ({
      readonly netplay: true;
      /** As the library says it, without surrounding blanks. */
      readonly version: string;
    } & SavestateSizes)
  /** `reason` is for people. */
  | { readonly netplay: false; readonly reason: string };

/** What in the configuration decides what a build does: its netplay gate and its options, which may change its savestates. */
export function settingOf({ netplay, options }: Pick<CoreConfig, "netplay" | "options">): string {
  const sorted = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([netplay, ...sorted]);
}

/** The SHA-256 of a library file, read piece by piece. @throws the system's error when it cannot be read. */
export async function hashLibrary(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
