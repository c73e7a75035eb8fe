import path from "node:path";
import type { Catalog } from "../catalog/index.ts";
import type { Config } from "../config.ts";
import { createCoreBuilds, findSamples, type BuildRow, type CoreBuilds } from "../core-builds/index.ts";
import { createSilentLogger } from "../logging/index.ts";
import type { Logger } from "../shared/index.ts";
import type { Trials } from "../trials/index.ts";
import { toHostedGame } from "./to-hosted-game.ts";

/** Name of the file inside the data folder. */
const CORE_BUILDS_FILE = "core-builds.json";

/** What is known of the builds of the configured cores, without learning more. */
export function listCoreBuilds({ data, cores }: Config): BuildRow[] {
  const file = path.join(data, CORE_BUILDS_FILE);
  return createCoreBuilds({ file, cores, logger: createSilentLogger(), samples: () => [] }).rows();
}

/** The builds of the configured cores; `learn` tries them with games of the catalog. */
export function openCoreBuilds(
  { data, cores }: Config,
  catalog: Pick<Catalog, "find" | "some">,
  { logger, trials }: { readonly logger: Logger; readonly trials: Trials },
): CoreBuilds {
  return createCoreBuilds({
    file: path.join(data, CORE_BUILDS_FILE),
    cores,
    logger,
    samples: (core, preferred) =>
      findSamples(preferred, {
        find: (base, crc) => {
          const found = catalog.find({ core: core.name, coreVersion: "", game: "", base, crc }, [core]);
          return found.ok ? toHostedGame(found.value.entry, core) : undefined;
        },
        some: (count) => catalog.some(core.name, count).map((entry) => toHostedGame(entry, core)),
        tryHosting: (game, signal) => trials.tryHosting(game, { signal, upToState: true }),
      }),
  });
}
