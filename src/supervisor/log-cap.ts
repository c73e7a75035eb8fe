import { stat, truncate } from "node:fs/promises";
import { describeError, hasErrorCode, type Clock, type Logger } from "../shared/index.ts";
import type { BackgroundProcess } from "../processes/index.ts";

const CHECK_MS = 1000;
const MAX_LOG_BYTES = 4 * 1024 * 1024;

/**
 * Empties the host's log whenever it has outgrown 4 MiB, until the host ends: players can make a host log, and the disk
 * is everybody's.
 */
export function capLog(
  host: BackgroundProcess,
  logFile: string,
  { clock, logger }: { clock: Clock; logger: Logger },
): void {
  let running = true;
  const check = async (): Promise<void> => {
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
    schedule();
  };
  let timer = clock.after(CHECK_MS, () => void check());
  const schedule = (): void => {
    if (running) {
      timer = clock.after(CHECK_MS, () => void check());
    }
  };
  void host.exit.then(() => {
    running = false;
    timer.cancel();
  });
}
