import { readdirSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { createHosting, openNetplayPort, type Hosting } from "../../src/app/index.ts";
import { parseConfig, type Config } from "../../src/config.ts";
import { identifyRooms, PersistentRooms } from "../../src/persistent-rooms/index.ts";
import { createMemoryLogger } from "../../src/logging/index.ts";
import type { RoomConfig } from "../../src/room-config.ts";
import { ok, systemClock, toCrc32, type Port } from "../../src/shared/index.ts";
import { scratchFolder } from "./cleanup.ts";
import { freeTcpRange } from "./free-ports.ts";

const fixtures = path.resolve(import.meta.dirname, "../fixtures/fake-retroarch");

export interface FakeHosting {
  readonly hosting: Hosting;
  readonly config: Config;
  readonly lines: readonly Record<string, unknown>[];
  readonly sessionsDir: string;
  /** Requests a session; a fake host ignores game and core. */
  readonly open: (address?: string) => ReturnType<Hosting["open"]>;
  readonly sessionFolders: () => string[];
  /** The persistent rooms; `begin` has not been called. */
  readonly openRooms: () => Promise<{ readonly persistent: PersistentRooms; readonly port: Port }>;
}

/**
 * The server's hosting, with a program of test/fixtures/fake-retroarch as RetroArch.
 *
 * @param sessions - Settings of the `sessions` section; times are short by default.
 * @param rooms - The persistent rooms.
 */
export async function createFakeHosting(
  program: string,
  sessions: Partial<Config["sessions"]> = {},
  rooms: readonly Partial<RoomConfig>[] = [],
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
    netplay: { ...defaults.netplay, host: "127.0.0.1", port: null },
    retroarch: { ...defaults.retroarch, binary: path.join(fixtures, `${program}.mjs`) },
  };
  const { logger, lines } = createMemoryLogger("debug");
  const sessionsDir = path.join(folder, "sessions");
  const retroarch = { text: "1.14.0", major: 1, minor: 14 };
  const clock = systemClock;
  const identified = identifyRooms(folder, rooms.map(completeRoom));
  const hosting = createHosting({ config, clock, logger, retroarch, sessionsDir, rooms: identified });
  onTestFinished(() => hosting.close());
  const [core] = config.cores;
  if (core === undefined) {
    throw new Error("the configuration has a core");
  }
  const outcome = { netplay: true, version: "1.0", stateSizeBytes: 0, sramBytes: 0 } as const;
  const game = { name: "Game", core, content: path.join(folder, "game.bin"), crc: toCrc32(1) };
  return {
    hosting,
    config,
    lines,
    sessionsDir,
    open: (address = "192.0.2.1") => hosting.open(game, { address, port: 5000 }),
    async openRooms() {
      const parts = { clock, logger, sessions: hosting.roomSessions };
      const persistent = new PersistentRooms(identified, { ...parts, find: () => ok(game) });
      onTestFinished(() => {
        persistent.stop();
      });
      const port = await openNetplayPort(hosting, {
        config: { ...config, netplay: { ...config.netplay, port: 0 } },
        clock,
        find: () => ok(game),
        persistent,
        catalog: { otherCrc: () => undefined },
        builds: { rows: () => [{ core: core.name, library: core.library, outcome }] },
      });
      if (port === undefined) {
        throw new Error("the configuration has a netplay port");
      }
      return { persistent, port };
    },
    sessionFolders: () => (readdirSync(folder).includes("sessions") ? readdirSync(sessionsDir) : []),
  };
}

function completeRoom(room: Partial<RoomConfig>): RoomConfig {
  const open = { password: null, spectatePassword: null };
  return { name: "Friday", core: "Fake", game: "Game", ...open, maxClients: 8, keep: "on-demand", ...room };
}
