import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { parseConfig } from "../../../src/config.ts";
import { createSilentLogger } from "../../../src/logging/index.ts";
import { newSessionId, systemClock, toCrc32 } from "../../../src/shared/index.ts";
import { createHostLauncher } from "../../../src/supervisor/index.ts";
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
  const launcher = createHostLauncher(sessionsDir, setup, {
    clock: systemClock,
    logger: createSilentLogger(),
  });
  const game = { name: "Game", core, content: path.join(folder, "game.bin"), crc: toCrc32(1) };
  const ids = Array.from({ length: 50 }, newSessionId);
  await Promise.all(
    ids.map(async (id) => {
      const launched = await launcher.launch(id, game, 1);
      // This happens when it crashes at once, or is ended right away.
      if (launched.ok) {
        await launched.value.exit;
      }
      await launcher.clean(id);
    }),
  );
  expect(readdirSync(sessionsDir)).toEqual([]);
});
