import path from "node:path";
import { createAdminClient, SOCKET_NAME } from "../admin/index.ts";
import { contentArgument, openCatalog } from "../catalog/index.ts";
import { CATALOG_FILE, type Config } from "../config.ts";
import { examine, type ExaminedCatalog, type Finding } from "../doctor/index.ts";
import { tryToListen } from "../gateway/index.ts";
import { detectRetroArch } from "../installation/index.ts";
import { createSilentLogger } from "../logging/index.ts";
import { adviceFor, findRoomGame } from "../persistent-rooms/index.ts";
import { fail, ok, systemClock, type Result } from "../shared/index.ts";
import { openCoreBuilds } from "./open-core-builds.ts";
import { openTrials } from "./open-trials.ts";
import type { Trials } from "../trials/index.ts";

/** Looks for everything on this machine that can keep a game from being hosted. */
export async function* examineMachine(config: Config, signal: AbortSignal): AsyncGenerator<Finding> {
  const logger = createSilentLogger();
  const retroarch = await detectRetroArch(config.retroarch.binary);
  const trials = retroarch.ok
    ? openTrials(config, { clock: systemClock, logger, retroarch: retroarch.value })
    : undefined;
  yield* examine(config, {
    retroarch,
    tryTcp: tryToListen,
    countSessions: async () => {
      const sessions = await createAdminClient(path.join(config.data, SOCKET_NAME)).sessions();
      return sessions.ok ? sessions.value.length : undefined;
    },
    openCatalog: async () => {
      await trials?.endOld();
      return examinedCatalog(config, trials, signal);
    },
  });
}

function examinedCatalog(
  config: Config,
  trials: Trials | undefined,
  signal: AbortSignal,
): Result<ExaminedCatalog, string> {
  const opened = openCatalog(path.join(config.data, CATALOG_FILE));
  if (!opened.ok) {
    return fail(opened.reason.message);
  }
  const catalog = opened.value;
  return ok({
    games: catalog.list({ missing: false }).map((entry) => ({ ...entry, content: contentArgument(entry) })),
    findRoomGame: (room) => {
      const found = findRoomGame(room, "", (wanted) => catalog.find(wanted, config.cores));
      return found.ok ? ok(found.value.entry.name) : fail(adviceFor(found.reason));
    },
    trials:
      trials === undefined
        ? undefined
        : {
            tryHosting: (game) => trials.tryHosting(game, { signal }),
            learnBuilds: async () => {
              const builds = openCoreBuilds(config, catalog, { logger: createSilentLogger(), trials });
              await builds.learn(signal);
              return builds.rows();
            },
          },
    close: () => {
      catalog.close();
    },
  });
}
