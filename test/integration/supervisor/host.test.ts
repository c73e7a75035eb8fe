import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { parseConfig } from "../../../src/config.ts";
import { createSilentLogger } from "../../../src/logging/index.ts";
import { systemClock, toCrc32 } from "../../../src/shared/index.ts";
import { Host } from "../../../src/supervisor/index.ts";
import { scratchFolder } from "../../helpers/cleanup.ts";

it("leaves no folder of hosts that end while their records are still being written", async () => {
  const folder = scratchFolder();
  const parsed = parseConfig("cores: [{ name: Fake, library: fake_libretro.so }]", folder);
  const core = parsed.ok ? parsed.value.cores[0] : undefined;
  if (core === undefined) {
    throw new Error("the configuration has a core");
  }
  const sessionsDir = path.join(folder, "sessions");
  const setup = { binary: "/bin/true", infoDir: folder, systemDir: null, maxConnections: 2 };
  const parts = { clock: systemClock, logger: createSilentLogger() };
  const game = { name: "Game", core, content: path.join(folder, "game.bin"), crc: toCrc32(1) };
  const folders = Array.from({ length: 50 }, (_, index) => path.join(sessionsDir, String(index)));
  await Promise.all(
    folders.map(async (own) => {
      const host = new Host(own, game, setup, parts);
      const started = await host.start(1);
      // This happens when it crashes at once, or is ended right away.
      if (started.ok) {
        await started.value.exit;
      }
      await host.clean();
    }),
  );
  expect(readdirSync(sessionsDir)).toEqual([]);
});
