import type { HostedGame } from "../game.ts";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { readInfoFile } from "../installation/index.ts";
import { HOST_NICK } from "../netplay/index.ts";
import { startBackgroundProcess, type BackgroundProcess } from "../processes/index.ts";
import {
  hostArguments,
  hostDirectories,
  hostEnvironment,
  infoFileName,
  renderHostConfig,
  renderKeyValues,
  withNetplayAllowed,
  type HostDirectories,
} from "../retroarch/index.ts";
import {
  describeError,
  fail,
  ok,
  PRIVATE_FOLDER_MODE,
  sessionDirectoryName,
  type Clock,
  type Logger,
  type Result,
  type SessionId,
} from "../shared/index.ts";
import { writeHostRecord } from "./host-record.ts";
import { capLog } from "./log-cap.ts";
import { readLogTail } from "./log-tail.ts";

/** What all hosts of this machine have in common. */
interface HostSetup {
  /** The RetroArch program: an absolute path, or a name to look up in PATH. */
  readonly binary: string;
  readonly infoDir: string;
  /** BIOS files; null: none. */
  readonly systemDir: string | null;
  /** Netplay connections that a host accepts: the slots of a session and some that are on their way out. */
  readonly maxConnections: number;
}

export interface HostLauncher {
  /**
   * Prepares the session's folder and starts the host, which will dial `tunnelPort` on loopback. The reason of a failure is
   * the system's own text.
   */
  launch(
    sessionId: SessionId,
    game: HostedGame,
    tunnelPort: number,
  ): Promise<Result<BackgroundProcess, string>>;
  /** The last lines of the host's log, oldest first, fit to be shown; empty when there are none. */
  logTail(sessionId: SessionId): Promise<string[]>;
  /** Removes the session's folder; a folder that is already gone is fine. */
  clean(sessionId: SessionId): Promise<void>;
}

/** @param sessionsDir - Holds one folder for each session. */
export function createHostLauncher(
  sessionsDir: string,
  setup: HostSetup,
  parts: { readonly clock: Clock; readonly logger: Logger },
): HostLauncher {
  /** Records that are still being written; a folder is removed after its record. */
  const records = new Map<SessionId, Promise<void>>();
  const directoriesOf = (sessionId: SessionId): HostDirectories =>
    hostDirectories(path.join(sessionsDir, sessionDirectoryName(sessionId)));
  return {
    async launch(sessionId, game, tunnelPort) {
      const directories = directoriesOf(sessionId);
      try {
        await prepareDirectory(directories, game, setup, tunnelPort);
      } catch (error) {
        return fail(describeError(error));
      }
      const started = await start(directories, game, setup.binary);
      if (!started.ok) {
        return started;
      }
      const host = started.value;
      // Not waited for: the host may be ready, and have to sleep, before a slow disk has written it.
      const written = writeHostRecord(directories, host.pid).catch((error: unknown) => {
        parts.logger.error({ sessionId, error: describeError(error) }, "a host without a record is ended");
        host.signal("SIGKILL");
      });
      records.set(sessionId, written);
      return ok(capLog(host, directories.logFile, parts));
    },
    logTail: (sessionId) => readLogTail(directoriesOf(sessionId).logFile),
    async clean(sessionId) {
      await records.get(sessionId);
      records.delete(sessionId);
      await rm(directoriesOf(sessionId).root, { recursive: true, force: true });
    },
  };
}

/** Makes the folder of a host and writes everything that the host reads. Readable by netplayd's user alone. */
export async function prepareDirectory(
  directories: HostDirectories,
  { core }: HostedGame,
  { infoDir, systemDir, maxConnections }: HostSetup,
  tunnelPort: number,
): Promise<void> {
  const { root, home, info, saves, states, system, cache } = directories;
  await mkdir(root, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  await Promise.all([home, info, saves, states, system, cache].map((folder) => mkdir(folder)));
  const { library, options } = core;
  const config = renderHostConfig({ tunnelPort, maxConnections, library, systemDir, directories });
  await Promise.all([
    writeFile(directories.configFile, config),
    writeFile(directories.optionsFile, renderKeyValues(options)),
    installInfo(info, core, infoDir),
  ]);
}

/** The host sees the info file of its own core only; with `netplay: allow` it is one that says `deterministic`. */
async function installInfo(folder: string, core: HostedGame["core"], infoDir: string): Promise<void> {
  const found = await readInfoFile(infoDir, core.library);
  const text = core.netplay === "allow" ? withNetplayAllowed(found?.text ?? "") : found?.text;
  if (text !== undefined) {
    // Under the name that RetroArch looks for, which a build's own file need not have.
    await writeFile(path.join(folder, infoFileName(core.library)), text);
  }
}

function start(
  directories: HostDirectories,
  { core: { library, players }, content }: HostedGame,
  binary: string,
): ReturnType<typeof startBackgroundProcess> {
  return startBackgroundProcess({
    binary,
    args: hostArguments({ directories, library, content, nick: HOST_NICK, players }),
    env: hostEnvironment(directories, process.env.PATH),
    cwd: directories.root,
    logFile: directories.logFile,
  });
}
