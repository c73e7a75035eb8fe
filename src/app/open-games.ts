import type { GameQuery, HostedGame } from "../game.ts";
import path from "node:path";
import { createPlayRecorder, openCatalog, servingCores, type Catalog } from "../catalog/index.ts";
import { CATALOG_FILE, type Config } from "../config.ts";
import { createBuildLearning, type BuildLearning, type CoreBuilds } from "../core-builds/index.ts";
import { fail, ok, OperatorError, type Clock, type Logger, type Result } from "../shared/index.ts";
import type { Trials } from "../trials/index.ts";
import { createLookupTimes, type LookupTimes } from "./lookup-times.ts";
import { openCoreBuilds } from "./open-core-builds.ts";
import { toHostedGame } from "./to-hosted-game.ts";

/** The games that the server can host, and the builds of the cores that host them. */
export interface Games {
  readonly catalog: Catalog;
  readonly builds: CoreBuilds;
  readonly learning: BuildLearning;
  readonly lookupTimes: LookupTimes;
  /** What hosts a game that somebody asks for. */
  readonly find: (wanted: GameQuery) => Result<HostedGame, string>;
  /** Counts how often each game is played. */
  readonly onPlay: (game: HostedGame) => void;
  readonly close: () => Promise<void>;
}

export interface OpenGamesParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly trials: Trials;
  /** Host nothing but games that were seen to work. */
  readonly onlyVerified: boolean;
}

/** From a request for a build that is not known yet until it is tried: the request's own host starts first. */
const LEARN_AFTER_MS = 3000;

/** @throws OperatorError when the catalog cannot be used. */
export function openGames(config: Config, { clock, logger, trials, onlyVerified }: OpenGamesParts): Games {
  const { cores } = config;
  const file = path.join(config.data, CATALOG_FILE);
  // A server only reads the catalog, for which it never has to wait: its thread must not stand still.
  const opened = openCatalog(file, { logger, onlyVerified, busyMs: 0 });
  if (!opened.ok) {
    throw new OperatorError(opened.reason.message);
  }
  const catalog = opened.value;
  const builds = openCoreBuilds(config, catalog, { logger, trials });
  const learning = createBuildLearning(builds);
  const lookupTimes = createLookupTimes(clock);
  const plays = createPlayRecorder({ file, clock, logger });
  return {
    catalog,
    builds,
    learning,
    lookupTimes,
    find(wanted) {
      const found = lookupTimes.time(() => catalog.find(wanted, cores));
      if (!found.ok) {
        return found;
      }
      const { core, amongUnknown } = builds.choose(wanted.coreVersion, servingCores(wanted, cores));
      if (amongUnknown) {
        clock.after(LEARN_AFTER_MS, learning.begin);
      }
      return core.ok ? ok(toHostedGame(found.value.entry, core.value)) : fail(core.reason);
    },
    onPlay({ entryId }) {
      if (entryId !== undefined) {
        plays.record(entryId, clock.date());
      }
    },
    async close() {
      await plays.close();
      catalog.close();
    },
  };
}
