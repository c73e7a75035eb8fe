import type { GameQuery, HostedGame } from "../game.ts";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { openAdminSocket, SOCKET_NAME, type AdminOperations } from "../admin/index.ts";
import { openCatalog, servingCores, type Catalog } from "../catalog/index.ts";
import { CATALOG_FILE, type Config } from "../config.ts";
import { createBuildLearning, type CoreBuilds } from "../core-builds/index.ts";
import { createPersistentRooms, identifyRooms, type PersistentRooms } from "../persistent-rooms/index.ts";
import { hostGame } from "../host-game.ts";
import { countPlays } from "./count-plays.ts";
import { createHosting, type Hosting } from "./hosting.ts";
import { createLookupTimes, type LookupTimes } from "./lookup-times.ts";
import { openNetplayPort } from "./open-netplay-port.ts";
import { judgeOpenFiles, OPEN_FILES_ADVICE } from "../open-files.ts";
import { detectRetroArch } from "../installation/index.ts";
import { canHost, type RetroArchVersion } from "../retroarch/index.ts";
import {
  fail,
  makePrivate,
  ok,
  OperatorError,
  PRIVATE_FOLDER_MODE,
  type Clock,
  type Logger,
  type Result,
} from "../shared/index.ts";
import { endOrphans } from "../supervisor/index.ts";
import { createControlServer, openControlSocket } from "../udp-control/index.ts";
import { requireSessionPorts } from "./require-session-ports.ts";
import { toRoomView } from "./room-view.ts";
import { toRelayedView, toSessionView } from "./session-view.ts";
import { openCoreBuilds } from "./open-core-builds.ts";
import { openTrials } from "./open-trials.ts";
import { toHostedGame } from "./to-hosted-game.ts";
import { readOwnVersion } from "../version.ts";

export interface AppParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Host nothing but games that were seen to work. */
  readonly onlyVerified: boolean;
}

type FindGame = (wanted: GameQuery) => Result<HostedGame, string>;
type Parts = Pick<AppParts, "clock" | "logger">;

/** The running server. */
export interface App {
  /** Takes no more requests, answers the pending ones, ends all hosts and resolves when nothing is left. */
  readonly stop: () => Promise<void>;
}

/** What has to be ended, the last one first. */
type Endings = (() => unknown)[];

/** Folder of the running sessions inside the data folder. */
const SESSIONS_DIR = "sessions";

/** From a request for a build that is not known yet until it is tried: the request's own host starts first. */
const LEARN_AFTER_MS = 3000;

/**
 * Starts the server: all of it, or nothing.
 *
 * @throws OperatorError that says what to change.
 */
export async function startApp(config: Config, parts: AppParts): Promise<App> {
  const endings: Endings = [];
  const stop = async (): Promise<void> => {
    for (const end of endings.reverse()) {
      await end();
    }
  };
  try {
    await start(config, parts, endings);
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

async function start(
  config: Config,
  { clock, logger, onlyVerified }: AppParts,
  endings: Endings,
): Promise<void> {
  const retroarch = await requireRetroArch(config);
  await makeDataFolder(config.data, logger);
  // The lock of the data folder: it keeps a second netplayd off our orphans, and us off its.
  const admin = await openAdminSocket({ socketPath: path.join(config.data, SOCKET_NAME), clock, logger });
  endings.push(() => admin.stop());
  const sessionsDir = path.join(config.data, SESSIONS_DIR);
  const trials = openTrials(config, { clock, logger, retroarch });
  await endOrphans(sessionsDir, { clock, logger });
  await trials.endOld();
  const catalog = requireCatalog(config, { logger, onlyVerified });
  endings.push(() => {
    catalog.close();
  });
  const { plays, onPlay } = countPlays(config, { clock, logger });
  endings.push(() => plays.close());
  const builds = openCoreBuilds(config, catalog, { logger, trials });
  const learning = createBuildLearning(builds);
  const learn = (): void => void clock.after(LEARN_AFTER_MS, learning.begin);
  const lookupTimes = createLookupTimes(clock);
  const find = createFindGame({ catalog, config, builds, lookupTimes }, learn);
  const rooms = identifyRooms(config.data, config.rooms);
  const hosting = createHosting({ config, clock, logger, retroarch, sessionsDir, rooms, onPlay });
  endings.push(() => hosting.close());
  const persistent = createPersistentRooms(rooms, { clock, logger, find, sessions: hosting.roomSessions });
  admin.serve(adminOperations(config, hosting, { persistent, lookupTimes, clock }));
  await requireSessionPorts(config.sessions, logger);
  warnOfOpenFiles(config, logger);
  const netplayPort = await openNetplayPort(hosting, find, { config, catalog, builds, persistent });
  const control = createControl(hosting, find, { clock, logger });
  const socket = await openControlSocket({ ...config.control, server: control, logger });
  endings.push(() => socket.close());
  const facts = { ...config.control, netplayPort, retroarch: retroarch.text, data: config.data };
  logger.info(facts, "netplayd takes requests");
  persistent.begin();
  learning.begin();
  // All at once: a pending request is answered when its session is ended.
  endings.push(() => Promise.all([control.stop(), hosting.close(), learning.stop()]));
  endings.push(() => {
    persistent.stop();
  });
}

function createControl(
  { open, isAlive, isUnderPressure }: Hosting,
  find: FindGame,
  { clock, logger }: Parts,
): ReturnType<typeof createControlServer> {
  return createControlServer({
    clock,
    logger,
    hostGame: (wanted, from) => hostGame(wanted, from, { clock, find, open }),
    isAlive,
    isUnderPressure,
  });
}

function adminOperations(
  config: Config,
  hosting: Hosting,
  { persistent, lookupTimes, clock }: { persistent: PersistentRooms; lookupTimes: LookupTimes; clock: Clock },
): AdminOperations {
  const version = readOwnVersion();
  const startedAt = clock.date().toISOString();
  return {
    status: () => {
      const sessions = hosting.sessions().length;
      return { version, pid: process.pid, startedAt, sessions, lookups: lookupTimes.summary() };
    },
    sessions: () => [
      ...hosting.sessions().map((info) => toSessionView(info, hosting, clock)),
      ...hosting.relayed().map(toRelayedView),
    ],
    rooms: () => persistent.all.map((room) => toRoomView(room, persistent, hosting, config.netplay)),
    stopSession: hosting.stop,
    kick: hosting.kick,
  };
}

function warnOfOpenFiles(config: Config, logger: Logger): void {
  const tooFew = judgeOpenFiles(config);
  if (tooFew !== undefined) {
    logger.warn(tooFew, OPEN_FILES_ADVICE);
  }
}

async function requireRetroArch(config: Config): Promise<RetroArchVersion> {
  const detected = await detectRetroArch(config.retroarch.binary);
  if (!detected.ok) {
    throw new OperatorError(detected.reason);
  }
  if (!canHost(detected.value)) {
    throw new OperatorError(
      `RetroArch ${detected.value.text} is too old to host for netplayd: install 1.10 or newer.`,
    );
  }
  return detected.value;
}

async function makeDataFolder(folder: string, logger: Logger): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
    if (makePrivate(folder)) {
      logger.info({ folder }, "other users could read the data folder; they no longer can");
    }
  } catch (error) {
    throw new OperatorError(
      `The data folder ${folder} cannot be made: change data, or its parent's permissions.`,
      {
        cause: error,
      },
    );
  }
}

/** It only reads, for which nobody has to be waited: the server's thread must not stand still. */
function requireCatalog(config: Config, options: Pick<AppParts, "logger" | "onlyVerified">): Catalog {
  const opened = openCatalog(path.join(config.data, CATALOG_FILE), { ...options, busyMs: 0 });
  if (!opened.ok) {
    throw new OperatorError(opened.reason.message);
  }
  return opened.value;
}

interface Finding {
  readonly catalog: Catalog;
  readonly config: Config;
  readonly builds: CoreBuilds;
  readonly lookupTimes: LookupTimes;
}

/** @param onUnknownBuild - Called when a request could have been served better if all builds were known. */
function createFindGame(
  { catalog, config, builds, lookupTimes }: Finding,
  onUnknownBuild: () => void,
): FindGame {
  return (wanted) => {
    const found = lookupTimes.time(() => catalog.find(wanted, config.cores));
    if (!found.ok) {
      return fail(found.reason);
    }
    const { core, amongUnknown } = builds.choose(wanted.coreVersion, servingCores(wanted, config.cores));
    if (amongUnknown) {
      onUnknownBuild();
    }
    return core.ok ? ok(toHostedGame(found.value.entry, core.value)) : fail(core.reason);
  };
}
