import type { VerifyOne } from "../catalog/index.ts";
import type { Config } from "../config.ts";
import { detectRetroArch } from "../installation/index.ts";
import { createSilentLogger } from "../logging/index.ts";
import { ok, systemClock, type Result } from "../shared/index.ts";
import { createVerifyGame } from "../trials/index.ts";
import { openTrials } from "./open-trials.ts";
import { toHostedGame } from "./to-hosted-game.ts";

/** Tries games of the catalog for `verify`. Fails, with what to do, when there is no RetroArch to try with. */
export async function createVerifyOne(config: Config): Promise<Result<VerifyOne, string>> {
  const retroarch = await detectRetroArch(config.retroarch.binary);
  if (!retroarch.ok) {
    return retroarch;
  }
  const parts = { clock: systemClock, logger: createSilentLogger(), retroarch: retroarch.value };
  const trials = openTrials(config, parts);
  await trials.endOld();
  const verifyGame = createVerifyGame(config, trials);
  return ok(async (entry, core, signal) => {
    const verified = await verifyGame(toHostedGame(entry, core), {
      crcIsCertain: entry.crcIsCertain,
      signal,
    });
    return verified.ok ? ok({ ...verified.value, core: verified.value.coreName }) : verified;
  });
}
