import type { HostedGame } from "../game.ts";
import type { Config, CoreConfig } from "../config.ts";
import { missingFirmware } from "../installation/index.ts";
import { fail, ok, toCrc32, type Crc32, type Result } from "../shared/index.ts";
import { concernsCore, explainFailure } from "./explain-failure.ts";
import type { Trials } from "./try-hosting.ts";

/** What a host said in its INFO. */
interface Announced {
  readonly core: string;
  readonly coreVersion: string;
  readonly crc: Crc32;
}

/** Hosts a game for a moment. The reason of a failure says what to do. */
export type VerifyGame = (
  game: HostedGame,
  options: { readonly crcIsCertain: boolean; readonly signal: AbortSignal | undefined },
) => Promise<Result<Announced, string>>;

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
      const { coreName, coreVersion, crc } = tried.value.info;
      return ok({ core: coreName, coreVersion, crc });
    }
    const bios = { missing: await missingFirmware(config, core), folder: config.retroarch.system };
    const reason = explainFailure(tried.reason, core.name, bios);
    if (concernsCore(tried.reason)) {
      failedCores.set(core, reason);
    }
    return fail(reason);
  };
}
