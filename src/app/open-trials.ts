import type { Config } from "../config.ts";
import { askInfo } from "../probe/index.ts";
import type { RetroArchVersion } from "../retroarch/index.ts";
import type { Clock, Logger } from "../shared/index.ts";
import { endOrphans } from "../supervisor/index.ts";
import { createTrials, type Trials } from "../trials/index.ts";
import { createHosting } from "./hosting.ts";

export interface OpenTrialsParts {
  readonly clock: Clock;
  /** Hears of what killed programs left; a trial's own lines stay in the trial. */
  readonly logger: Logger;
  readonly retroarch: RetroArchVersion;
}

/** Waiting for an answer of a host that has dialled in. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Trials with this configuration. */
export function openTrials(config: Config, { clock, logger, retroarch }: OpenTrialsParts): Trials {
  return createTrials({
    config,
    clock,
    createHosting: (settings) => createHosting({ ...settings, clock, retroarch, isTrial: true }),
    ask: (address) => askInfo({ ...address, clock, timeoutMs: ANSWER_TIMEOUT_MS }),
    endOrphans: (folder) => endOrphans(folder, { clock, logger }),
  });
}
