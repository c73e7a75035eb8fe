import { readdirSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { createHosting, type Hosting } from "../../src/app/index.ts";
import { parseConfig, type Config } from "../../src/config.ts";
import { createMemoryLogger } from "../../src/logging/index.ts";
import { systemClock, toCrc32 } from "../../src/shared/index.ts";
import { scratchFolder } from "./cleanup.ts";
import { freeTcpRange } from "./free-ports.ts";

const fixtures = path.resolve(import.meta.dirname, "../fixtures/fake-retroarch");

export interface FakeHosting {
  readonly hosting: Hosting;
  readonly config: Config;
  readonly lines: readonly Record<string, unknown>[];
  readonly sessionsDir: string;
  /** Asks for a session; its game and core are of no interest to a fake host. */
  readonly open: () => ReturnType<Hosting["open"]>;
  readonly sessionFolders: () => string[];
}

/**
 * Hosting as the server has it, but with a program of test/fixtures/fake-retroarch as RetroArch.
 *
 * @param sessions - Settings of the `sessions` section; times are short by default.
 */
export async function createFakeHosting(
  program: string,
  sessions: Partial<Config["sessions"]> = {},
): Promise<FakeHosting> {
  const folder = scratchFolder();
  const first = await freeTcpRange(4);
  const parsed = parseConfig("cores: [{ name: Fake, library: fake_libretro.so }]", folder);
  if (!parsed.ok) {
    throw new Error(JSON.stringify(parsed.reason));
  }
  const defaults = parsed.value;
  const config: Config = {
    ...defaults,
    sessions: {
      ...defaults.sessions,
      host: "127.0.0.1",
      ports: { first, last: first + 3 },
      idleSeconds: 60,
      startSeconds: 10,
      ...sessions,
    },
    retroarch: { ...defaults.retroarch, binary: path.join(fixtures, `${program}.mjs`) },
  };
  const { logger, lines } = createMemoryLogger("debug");
  const sessionsDir = path.join(folder, "sessions");
  const retroarch = { text: "1.14.0", major: 1, minor: 14 };
  const hosting = createHosting({ config, clock: systemClock, logger, retroarch, sessionsDir });
  onTestFinished(() => hosting.close());
  const [core] = config.cores;
  if (core === undefined) {
    throw new Error("the configuration has a core");
  }
  const game = { name: "Game", core, content: path.join(folder, "game.bin"), crc: toCrc32(1) };
  return {
    hosting,
    config,
    lines,
    sessionsDir,
    open: () => hosting.open(game, "test"),
    sessionFolders: () => (readdirSync(folder).includes("sessions") ? readdirSync(sessionsDir) : []),
  };
}
