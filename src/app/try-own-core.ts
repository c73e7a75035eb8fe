import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseConfig } from "../config.ts";
import { createSilentLogger } from "../logging/index.ts";
import type { RetroArchVersion } from "../retroarch/index.ts";
import { systemClock, type Crc32 } from "../shared/index.ts";
import type { Trial } from "../trials/index.ts";
import { openTrials } from "./open-trials.ts";

/** A player's own RetroArch with a core and a content. */
export interface OwnCore {
  readonly binary: string;
  readonly retroarch: RetroArchVersion;
  readonly library: string;
  /** The core's name. */
  readonly core: string;
  /** An absolute path. */
  readonly content: string;
  readonly crc: Crc32;
}

/**
 * Lets a player's own RetroArch host the content for a moment, on loopback: only so does a library tell its version.
 *
 * @returns Undefined when it does not host it.
 */
export async function tryOwnCore({ binary, retroarch, ...own }: OwnCore): Promise<Trial | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), "netplayd-check-"));
  try {
    const core = { name: own.core, library: own.library, netplay: "allow" };
    const parsed = parseConfig(JSON.stringify({ retroarch: { binary }, cores: [core] }), folder);
    const [entry] = parsed.ok ? parsed.value.cores : [];
    if (!parsed.ok || entry === undefined) {
      return undefined;
    }
    const trials = openTrials(parsed.value, { clock: systemClock, logger: createSilentLogger(), retroarch });
    const { content, crc } = own;
    const game = { name: path.basename(content), core: entry, content, crc };
    const tried = await trials.tryHosting(game, { upToState: true });
    return tried.ok ? tried.value : undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
