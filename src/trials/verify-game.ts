import type { HostedGame } from "../game.ts";
import type { Config, CoreConfig } from "../config.ts";
import { missingFirmware } from "../installation/index.ts";
import type { Info } from "../netplay/index.ts";
import { fail, ok, toCrc32, type Result } from "../shared/index.ts";
import { concernsCore, explainFailure } from "./explain-failure.ts";
import type { Trials } from "./try-hosting.ts";

/** Hosts a game for a moment: what the host announced, or why it did not, with what to do. */
export type VerifyGame = (
  game: HostedGame,
  options: { readonly crcIsCertain: boolean; readonly signal: AbortSignal | undefined },
) => Promise<Result<Info, string>>;

export function createVerifyGame(config: Config, { tryHosting }: Trials): VerifyGame {
  // A failure that concerns the core would come again with its next game, after as long a wait.
  const failedCores = new Map<CoreConfig, string>();
  return async (game, { crcIsCertain, signal }) => {
    const { core } = game;
    const known = failedCores.get(core);
    if (known !== undefined) {
      return fail(known);
    }
    // Whatever a host announces is right where nobody else can tell.
    const tried = await tryHosting(crcIsCertain ? game : { ...game, crc: toCrc32(0) }, { signal });
    if (tried.ok) {
      return ok(tried.value.info);
    }
    const bios = { missing: await missingFirmware(config, core), folder: config.retroarch.system };
    const reason = explainFailure(tried.reason, core.name, bios);
    if (concernsCore(tried.reason)) {
      failedCores.set(core, reason);
    }
    return fail(reason);
  };
}
