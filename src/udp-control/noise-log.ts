import type { Clock, Logger, Timer } from "../shared/index.ts";

/** Log for what anybody can cause at any rate: at most two lines in ten seconds, with nothing lost but the details. */
export interface NoiseLog {
  add(reason: string, requester: string): void;
  /** Writes what is still only counted. */
  flush(): void;
}

const WINDOW_MS = 10_000;

export function createNoiseLog(logger: Logger, clock: Clock): NoiseLog {
  const counts = new Map<string, number>();
  let window: Timer | undefined;

  const flush = (): void => {
    window?.cancel();
    window = undefined;
    if (counts.size > 0) {
      logger.info({ counts: Object.fromEntries(counts) }, "more datagrams like this");
      counts.clear();
    }
  };

  return {
    add(reason, requester) {
      if (window === undefined) {
        logger.info({ reason, requester }, "datagram not accepted");
        window = clock.after(WINDOW_MS, flush);
      } else {
        counts.set(reason, (counts.get(reason) ?? 0) + 1);
      }
    },
    flush,
  };
}
