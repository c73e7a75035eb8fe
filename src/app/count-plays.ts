import type { HostedGame } from "../game.ts";
import path from "node:path";
import { createPlayRecorder, type PlayRecorder } from "../catalog/index.ts";
import { CATALOG_FILE, type Config } from "../config.ts";
import type { Clock, Logger } from "../shared/index.ts";

interface PlayCount {
  readonly plays: PlayRecorder;
  readonly onPlay: (game: HostedGame) => void;
}

/** Counts how often each game of the catalog is played. */
export function countPlays(
  { data }: Config,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): PlayCount {
  const plays = createPlayRecorder({ file: path.join(data, CATALOG_FILE), clock, logger });
  return {
    plays,
    onPlay: ({ entryId }) => {
      if (entryId !== undefined) {
        plays.record(entryId, clock.date());
      }
    },
  };
}
