import { mkdir } from "node:fs/promises";
import path from "node:path";
import { openAdminSocket, SOCKET_NAME, type AdminOperations } from "../admin/index.ts";
import type { Config } from "../config.ts";
import { identifyRooms, PersistentRooms } from "../persistent-rooms/index.ts";
import { hostGame } from "../host-game.ts";
import { createHosting, type Hosting } from "./hosting.ts";
import { openNetplayPort } from "./open-netplay-port.ts";
import { judgeOpenFiles, OPEN_FILES_ADVICE } from "../open-files.ts";
import { detectRetroArch } from "../installation/index.ts";
import { canHost, type RetroArchVersion } from "../retroarch/index.ts";
import { makePrivate, OperatorError, PRIVATE_FOLDER_MODE, type Clock, type Logger } from "../shared/index.ts";
import { endOrphans } from "../supervisor/index.ts";
import { ControlServer, openControlSocket } from "../udp-control/index.ts";
import { requireSessionPorts } from "./require-session-ports.ts";
import { toRoomView } from "./room-view.ts";
import { toRelayedView, toSessionView } from "./session-view.ts";
import { openGames, type Games } from "./open-games.ts";
import { openTrials } from "./open-trials.ts";
import { readOwnVersion } from "../version.ts";

export interface AppParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Host nothing but games that were seen to work. */
  readonly onlyVerified: boolean;
}

/** The running server. */
export interface App {
  /** Takes no more requests, answers the pending ones, ends all hosts and resolves when nothing is left. */
  readonly stop: () => Promise<void>;
}

/** What has to be ended, the last one first. */
type Endings = (() => unknown)[];

/** Folder of the running sessions inside the data folder. */
const SESSIONS_DIR = "sessions";

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
  const games = openGames(config, { clock, logger, trials, onlyVerified });
  endings.push(() => games.close());
  const { find, learning, onPlay } = games;
  const rooms = identifyRooms(config.data, config.rooms);
  const hosting = createHosting({ config, clock, logger, retroarch, sessionsDir, rooms, onPlay });
  endings.push(() => hosting.close());
  const persistent = new PersistentRooms(rooms, { clock, logger, find, sessions: hosting.roomSessions });
  admin.serve(adminOperations(config, hosting, { persistent, games, clock }));
  await requireSessionPorts(config.sessions, logger);
  warnOfOpenFiles(config, logger);
  const netplayPort = await openNetplayPort(hosting, { ...games, config, clock, persistent });
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
  find: Games["find"],
  { clock, logger }: Pick<AppParts, "clock" | "logger">,
): ControlServer {
  return new ControlServer({
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
  { persistent, games, clock }: { persistent: PersistentRooms; games: Games; clock: Clock },
): AdminOperations {
  const version = readOwnVersion();
  const startedAt = clock.date().toISOString();
  return {
    status: () => {
      const sessions = hosting.sessions().length;
      return { version, pid: process.pid, startedAt, sessions, lookups: games.lookupTimes.summary() };
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
