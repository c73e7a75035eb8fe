import type { HostedGame } from "../game.ts";
import { rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import type { Config } from "../config.ts";
import { isSameCoreName, type Info, type SavestateSizes } from "../netplay/index.ts";
import { createMemoryLogger } from "../logging/index.ts";
import { fail, ok, type Clock, type Logger, type Port, type Result } from "../shared/index.ts";
import { endOldTrials, makeTrialFolder } from "./trial-folders.ts";

/** What a host was seen to do. */
export interface Trial {
  /** From the request to its RATS. */
  readonly startMs: number;
  /** What it announces to players. */
  readonly info: Info;
  /** Only with `upToState`, and not when the library is another core than the configuration says. */
  readonly state: SavestateSizes | undefined;
}

export interface TryOptions {
  /** Ends it; the outcome then says nothing of the game. */
  readonly signal?: AbortSignal | undefined;
  /** Wait for the first savestate too. Default false. */
  readonly upToState?: boolean;
}

/** Hosts games for a moment to see whether they work, beside a running server. */
export interface Trials {
  /**
   * Hosts a game with the settings of the configuration, but in a folder and on a loopback port of its own, and asks the host what
   * it hosts. It takes no port and no slot from a server.
   *
   * @returns What the host announced, or why it did not, in RetroArch's own words where it has any.
   */
  readonly tryHosting: (game: HostedGame, options?: TryOptions) => Promise<Result<Trial, string>>;
  /** Ends what the trials of killed programs left behind. */
  readonly endOld: () => Promise<void>;
}

/** Hosting with settings of its own. */
interface TrialHosting {
  readonly open: (
    game: HostedGame,
    requester: { readonly address: string; readonly port: number },
  ) => Promise<Result<{ readonly port: Port }, string>>;
  readonly close: () => Promise<void>;
}

export interface TrialsParts {
  readonly clock: Clock;
  readonly config: Config;
  readonly createHosting: (settings: {
    readonly config: Config;
    readonly logger: Logger;
    /** Holds the folders of the sessions. */
    readonly sessionsDir: string;
  }) => TrialHosting;
  /** Asks a host what it has loaded; with `upToState` as a player who has this, until its first savestate has come. */
  readonly ask: (address: {
    readonly host: string;
    readonly port: Port;
    readonly upToState?: Pick<HostedGame, "crc"> & { readonly core: string };
  }) => Promise<Result<{ readonly info: Info | undefined; readonly state: Trial["state"] }, string>>;
  /** Ends the hosts of killed programs that have their folders here. */
  readonly endOrphans: (folder: string) => Promise<unknown>;
}

const LOOPBACK = "127.0.0.1";
const PORT_ATTEMPTS = 3;

/** How many of the host's own lines are told. */
const TOLD_LINES = 4;

export function createTrials(parts: TrialsParts): Trials {
  const { config, endOrphans } = parts;
  return {
    async tryHosting(game, options = {}) {
      const sessionsDir = await makeTrialFolder(config.data);
      try {
        for (let attempt = 1; ; attempt++) {
          const outcome = await tryOnce(game, options, sessionsDir, parts);
          // Another program was quicker to take the port.
          if (outcome.ok || outcome.reason !== "no-port" || attempt === PORT_ATTEMPTS) {
            return outcome;
          }
        }
      } finally {
        await rm(sessionsDir, { recursive: true, force: true });
      }
    },
    endOld: () => endOldTrials(config.data, endOrphans),
  };
}

async function tryOnce(
  game: HostedGame,
  { signal, upToState = false }: TryOptions,
  sessionsDir: string,
  { config, createHosting, ...parts }: TrialsParts,
): Promise<Result<Trial, string>> {
  const { logger, lines } = createMemoryLogger("error");
  const hosting = createHosting({ config: onLoopback(config, await findFreePort()), logger, sessionsDir });
  const close = (): void => {
    void hosting.close();
  };
  signal?.addEventListener("abort", close);
  if (signal?.aborted === true) {
    close();
  }
  try {
    const outcome = await hostAndAsk(hosting, game, upToState, parts);
    // Closing waits until the end of the session, and with it the host's own words, is in the log.
    await hosting.close();
    return outcome.ok ? outcome : fail([outcome.reason, ...hostLines(lines)].join(" | "));
  } finally {
    signal?.removeEventListener("abort", close);
    await hosting.close();
  }
}

async function hostAndAsk(
  hosting: TrialHosting,
  game: HostedGame,
  upToState: boolean,
  { ask, clock }: Pick<TrialsParts, "ask" | "clock">,
): Promise<Result<Trial, string>> {
  const askedMs = clock.now();
  const opened = await hosting.open(game, { address: LOOPBACK, port: 0 });
  if (!opened.ok) {
    return fail(opened.reason === "start-failed" ? "RetroArch does not host it" : opened.reason);
  }
  const startMs = clock.now() - askedMs;
  const { port } = opened.value;
  const address = { host: LOOPBACK, port };
  const asked = await ask(address);
  if (!asked.ok || asked.value.info === undefined) {
    return fail(`the host dialled in, but announced no game (${asked.ok ? "nothing loaded" : asked.reason})`);
  }
  const { info } = asked.value;
  if (!upToState || !isSameCoreName(info.coreName, game.core.name)) {
    return ok({ startMs, info, state: undefined });
  }
  const own = { core: info.coreName, crc: game.core.match === "name" ? info.crc : game.crc };
  const withState = await ask({ ...address, upToState: own });
  return withState.ok
    ? ok({ startMs, info, state: withState.value.state })
    : fail(`the host announced its game, but sent no savestate (${withState.reason})`);
}

function onLoopback(config: Config, port: number): Config {
  const sessions = { ...config.sessions, host: LOOPBACK, ports: { first: port, last: port }, max: 1 };
  return { ...config, sessions };
}

/** A port that was free a moment ago. */
async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, LOOPBACK, resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What the supervisor logs with the failure: the system's reason why there is no host, or the host's own errors. */
function hostLines(lines: readonly Record<string, unknown>[]): string[] {
  const told = lines.flatMap((line) => {
    const log = Array.isArray(line.hostLog) ? line.hostLog.map(String) : [];
    return typeof line.error === "string" ? [line.error, ...log] : log;
  });
  return told.slice(-TOLD_LINES);
}
