import { stat, truncate } from "node:fs/promises";
import { describeError, hasErrorCode, type Clock, type Logger, type Timer } from "../shared/index.ts";
import type { BackgroundProcess } from "../processes/index.ts";

const CHECK_MS = 1000;
const MAX_LOG_BYTES = 4 * 1024 * 1024;

/**
 * Empties the host's log whenever it has outgrown 4 MiB, until the host ends: players can make a host log, and the
 * disk is shared. The log of a host that sleeps is not checked.
 *
 * @returns The host. Signals have to go through this object from now on.
 */
export function capLog(
  host: BackgroundProcess,
  logFile: string,
  { clock, logger }: { clock: Clock; logger: Logger },
): BackgroundProcess {
  let timer: Timer | undefined;
  let running = true;
  const schedule = (): void => {
    timer?.cancel();
    timer = clock.after(CHECK_MS, () => {
      schedule();
      void shorten(host, logFile, logger);
    });
  };
  const rest = (): void => timer?.cancel();
  schedule();
  void host.exit.then(() => {
    running = false;
    rest();
  });
  return {
    ...host,
    signal(name) {
      host.signal(name);
      if (name === "SIGSTOP") {
        rest();
      } else if (name === "SIGCONT" && running) {
        schedule();
      }
    },
  };
}

async function shorten(host: BackgroundProcess, logFile: string, logger: Logger): Promise<void> {
  try {
    const { size } = await stat(logFile);
    if (size > MAX_LOG_BYTES) {
      await truncate(logFile, 0);
      logger.warn(
        { hostPid: host.pid, logFile, sizeBytes: size },
        "the host floods its log, which was emptied",
      );
    }
  } catch (error) {
    if (!hasErrorCode(error, "ENOENT")) {
      logger.warn(
        { hostPid: host.pid, logFile, error: describeError(error) },
        "the host's log cannot be kept short",
      );
    }
  }
}
