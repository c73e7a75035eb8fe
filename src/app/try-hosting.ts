import type { HostedGame } from "../game.ts";
import { createServer, type AddressInfo } from "node:net";
import type { Config } from "../config.ts";
import { isSameCoreName, type Info } from "../netplay/index.ts";
import { askInfo, type AskedInfo } from "../probe/index.ts";
import type { RetroArchVersion } from "../retroarch/index.ts";
import { createMemoryLogger } from "../logging/index.ts";
import { fail, ok, type Clock, type Result } from "../shared/index.ts";
import { createHosting, type Hosting } from "./hosting.ts";
import { makeTrialFolder, removeTrialFolder } from "./trial-folders.ts";

/** What a host was seen to do. */
export interface Trial {
  /** From the request to its RATS. */
  readonly startMs: number;
  /** What it announces to players. */
  readonly info: Info;
  /** Only with `upToState`, and not when the library is another core than the configuration says. */
  readonly state: AskedInfo["state"];
}

export interface TrialParts {
  readonly clock: Clock;
  readonly retroarch: RetroArchVersion;
  readonly signal?: AbortSignal | undefined;
  /** Default: a new one inside the data folder, removed afterwards. */
  readonly sessionsDir?: string | undefined;
  /** Wait for the first savestate too. */
  readonly upToState?: boolean | undefined;
}

/** Waiting for an answer of a host that has dialled in. */
const ANSWER_TIMEOUT_MS = 10_000;

const LOOPBACK = "127.0.0.1";
const PORT_ATTEMPTS = 3;

/** How many of the host's own lines are told. */
const TOLD_LINES = 4;

/**
 * Hosts a game for a moment, with the settings of the configuration but in a folder and on a loopback port of its own, and asks the
 * host what it hosts. Works beside a running server: it takes no port and no slot from it.
 *
 * @returns What the host announced, or why it did not, in RetroArch's own words where it has any.
 */
export async function tryHosting(
  config: Config,
  game: HostedGame,
  parts: TrialParts,
): Promise<Result<Trial, string>> {
  const sessionsDir = parts.sessionsDir ?? (await makeTrialFolder(config.data));
  try {
    for (let attempt = 1; ; attempt++) {
      const outcome = await tryOnce(onLoopback(config, await findFreePort()), game, parts, sessionsDir);
      // Somebody else was quicker to take the port.
      if (outcome.ok || outcome.reason !== "no-port" || attempt === PORT_ATTEMPTS) {
        return outcome;
      }
    }
  } finally {
    if (parts.sessionsDir === undefined) {
      await removeTrialFolder(sessionsDir);
    }
  }
}

async function tryOnce(
  config: Config,
  game: HostedGame,
  { clock, retroarch, signal, upToState }: TrialParts,
  sessionsDir: string,
): Promise<Result<Trial, string>> {
  const { logger, lines } = createMemoryLogger("error");
  const hosting = createHosting({ config, clock, logger, retroarch, sessionsDir, isTrial: true });
  const close = (): void => {
    void hosting.close();
  };
  signal?.addEventListener("abort", close);
  if (signal?.aborted === true) {
    close();
  }
  try {
    const outcome = await hostAndAsk(hosting, game, clock, upToState ?? false);
    // Closing waits until the end of the session, and with it the host's own words, is in the log.
    await hosting.close();
    return outcome.ok ? outcome : fail([outcome.reason, ...hostLines(lines)].join(" | "));
  } finally {
    signal?.removeEventListener("abort", close);
    await hosting.close();
  }
}

async function hostAndAsk(
  hosting: Hosting,
  game: HostedGame,
  clock: Clock,
  upToState: boolean,
): Promise<Result<Trial, string>> {
  const askedMs = clock.now();
  const opened = await hosting.open(game, { address: LOOPBACK, port: 0 });
  if (!opened.ok) {
    return fail(opened.reason === "start-failed" ? "RetroArch does not host it" : opened.reason);
  }
  const startMs = clock.now() - askedMs;
  const { port } = opened.value;
  const target = { host: LOOPBACK, port, clock, timeoutMs: ANSWER_TIMEOUT_MS };
  const asked = await askInfo(target);
  if (!asked.ok || asked.value.info === undefined) {
    return fail(`the host dialled in, but announced no game (${asked.ok ? "nothing loaded" : asked.reason})`);
  }
  const { info } = asked.value;
  if (!upToState || !isSameCoreName(info.coreName, game.core.name)) {
    return ok({ startMs, info, state: undefined });
  }
  const own = { core: info.coreName, crc: game.core.match === "name" ? info.crc : game.crc };
  const withState = await askInfo({ ...target, upToState: own });
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
