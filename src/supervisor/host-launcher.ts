import type { HostedGame } from "../game.ts";
import { writeFile } from "node:fs/promises";
import { HOST_NICK } from "../netplay/index.ts";
import { hostArguments, hostEnvironment, type HostDirectories } from "../retroarch/index.ts";
import {
  describeError,
  fail,
  ok,
  type Clock,
  type Logger,
  type Result,
  type SessionId,
} from "../shared/index.ts";
import { readStartTicks, startBackgroundProcess, type BackgroundProcess } from "../processes/index.ts";
import { encodeHostRecord, hostRecordFile } from "./host-record.ts";
import type { HostSetup } from "./host-setup.ts";
import { capLog } from "./log-cap.ts";
import { readLogTail } from "./log-tail.ts";
import { directoriesOf, prepareDirectory, removeDirectory } from "./session-directory.ts";

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
  /** Removes the session's folder. */
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
  return {
    async launch(sessionId, game, tunnelPort) {
      const directories = directoriesOf(sessionsDir, sessionId);
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
      const written = writeRecord(host.pid, directories).catch((error: unknown) => {
        parts.logger.error({ sessionId, error: describeError(error) }, "a host without a record is ended");
        host.signal("SIGKILL");
      });
      records.set(sessionId, written);
      return ok(capLog(host, directories.logFile, parts));
    },
    logTail: (sessionId) => readLogTail(directoriesOf(sessionsDir, sessionId).logFile),
    async clean(sessionId) {
      await records.get(sessionId);
      records.delete(sessionId);
      await removeDirectory(directoriesOf(sessionsDir, sessionId));
    },
  };
}

function start(
  directories: HostDirectories,
  { core, content }: HostedGame,
  binary: string,
): Promise<Result<BackgroundProcess, string>> {
  const { library, players } = core;
  return startBackgroundProcess({
    binary,
    args: hostArguments({ directories, library, content, nick: HOST_NICK, players }),
    env: hostEnvironment(directories, process.env.PATH),
    cwd: directories.root,
    logFile: directories.logFile,
  });
}

async function writeRecord(pid: number, directories: HostDirectories): Promise<void> {
  const record = { pid, startTicks: await readStartTicks(pid), configFile: directories.configFile };
  await writeFile(hostRecordFile(directories.root), encodeHostRecord(record));
}
