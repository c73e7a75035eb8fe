import type { FindGame, GameQuery } from "../game.ts";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { createAdminServer, SOCKET_NAME, type AdminServer } from "../admin/index.ts";
import {
  contentArgument,
  openCatalog,
  servingCores,
  type Catalog,
  type PlayRecorder,
} from "../catalog/index.ts";
import { CATALOG_FILE, type Config } from "../config.ts";
import type { CoreBuilds } from "../core-builds/index.ts";
import { createPersistentRooms, identifyRooms, type PersistentRooms } from "../persistent-rooms/index.ts";
import { hostGame } from "../host-game.ts";
import { countPlays } from "./count-plays.ts";
import { createHosting, type Hosting } from "./hosting.ts";
import { createLookupTimes, type LookupTimes } from "./lookup-times.ts";
import { createBuildLearning, openCoreBuilds } from "./learn-builds.ts";
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
} from "../shared/index.ts";
import { endOrphans } from "../supervisor/index.ts";
import { ControlServer, openControlSocket } from "../udp-control/index.ts";
import { requireSessionPorts } from "./require-session-ports.ts";
import { toRoomView } from "./room-view.ts";
import { toRelayedView, toSessionView } from "./session-view.ts";
import { endOldTrials } from "./trial-folders.ts";
import { readOwnVersion } from "../version.ts";

export interface AppParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Host nothing but games that were seen to work. */
  readonly onlyVerified: boolean;
}

type Parts = Pick<AppParts, "clock" | "logger">;

/** The running server. */
export interface App {
  /** Takes no more requests, answers the pending ones, ends all hosts and resolves when nothing is left. */
  readonly stop: () => Promise<void>;
}

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
  const undo: (() => Promise<void> | void)[] = [];
  try {
    return await start(config, parts, undo);
  } catch (error) {
    for (const step of undo.reverse()) {
      await step();
    }
    throw error;
  }
}

/** @param undo - Receives what has to be done when a later step fails. */
async function start(
  config: Config,
  { clock, logger, onlyVerified }: AppParts,
  undo: (() => Promise<void> | void)[],
): Promise<App> {
  const retroarch = await requireRetroArch(config);
  await makeDataFolder(config.data, logger);
  const sessionsDir = path.join(config.data, SESSIONS_DIR);
  const { plays, onPlay } = countPlays(config, { clock, logger });
  const rooms = identifyRooms(config.data, config.rooms);
  const hosting = createHosting({ config, clock, logger, retroarch, sessionsDir, rooms, onPlay });
  let find: FindGame = () => fail("starting");
  const sessions = hosting.roomSessions;
  const options = { clock, logger, find: (query: GameQuery) => find(query), sessions };
  const persistent = createPersistentRooms(rooms, options);
  // First of all: the socket is also what keeps a second netplayd off this data folder, and its orphans off ours.
  const lookupTimes = createLookupTimes(clock);
  const admin = await startAdmin(config, hosting, { persistent, lookupTimes }, { clock, logger });
  undo.push(() => admin.stop());
  await endWhatIsLeft(config, sessionsDir, { clock, logger });
  const catalog = requireCatalog(config, { logger, onlyVerified });
  undo.push(() => {
    catalog.close();
  });
  const builds = openCoreBuilds(catalog, { config, clock, logger, retroarch });
  const learning = createBuildLearning(builds);
  const learn = (): void => void clock.after(LEARN_AFTER_MS, learning.begin);
  find = createFindGame({ catalog, config, builds, lookupTimes }, learn);
  await requireSessionPorts(config.sessions, logger);
  warnOfOpenFiles(config, logger);
  const netplayPort = await openNetplayPort(hosting, { config, clock, find, catalog, builds, persistent });
  undo.push(() => hosting.close());
  const control = createControl(hosting, find, { clock, logger });
  const socket = await openControlSocket({ ...config.control, server: control, logger });
  const facts = { ...config.control, netplayPort, retroarch: retroarch.text, data: config.data };
  logger.info(facts, "netplayd takes requests");
  persistent.begin();
  learning.begin();
  const running = { control, hosting, learning, persistent, socket, admin, plays, catalog };
  return { stop: () => stopAll(running) };
}

/** Of a netplayd that was killed. */
async function endWhatIsLeft({ data }: Config, sessionsDir: string, parts: Parts): Promise<void> {
  await endOrphans(sessionsDir, parts);
  await endOldTrials(data, parts);
}

interface Running {
  readonly control: { stop(): Promise<void> };
  readonly hosting: Hosting;
  readonly learning: { stop(): Promise<void> };
  readonly persistent: PersistentRooms;
  readonly socket: { close(): Promise<void> };
  readonly admin: AdminServer;
  readonly plays: PlayRecorder;
  readonly catalog: Catalog;
}

async function stopAll({
  control,
  hosting,
  learning,
  persistent,
  socket,
  admin,
  plays,
  catalog,
}: Running): Promise<void> {
  persistent.stop();
  // Both at once: a pending request is answered when its session is ended.
  await Promise.all([control.stop(), hosting.close(), learning.stop()]);
  await socket.close();
  await admin.stop();
  await plays.close();
  catalog.close();
}

function createControl(
  { open, isAlive, isUnderPressure }: Hosting,
  find: FindGame,
  { clock, logger }: Parts,
): ControlServer {
  return new ControlServer({
    clock,
    logger,
    hostGame: (wanted, from) => hostGame(wanted, from, { clock, find, open }),
    isAlive,
    isUnderPressure,
  });
}

function startAdmin(
  config: Config,
  hosting: Hosting,
  { persistent, lookupTimes }: { readonly persistent: PersistentRooms; readonly lookupTimes: LookupTimes },
  { clock, logger }: Parts,
): Promise<AdminServer> {
  const version = readOwnVersion();
  const startedAt = clock.date().toISOString();
  return createAdminServer({
    socketPath: path.join(config.data, SOCKET_NAME),
    logger,
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
  });
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
    const { entry } = found.value;
    return core.ok
      ? ok({
          entryId: entry.id,
          core: core.value,
          name: entry.name,
          content: contentArgument(entry),
          crc: entry.crc,
        })
      : fail(core.reason);
  };
}
