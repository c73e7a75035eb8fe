import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../config.ts";
import type { FoundGame } from "../host-game.ts";
import type { Info } from "../netplay/index.ts";
import { askInfo } from "../probe/index.ts";
import type { RetroArchVersion } from "../retroarch/index.ts";
import { createMemoryLogger, fail, ok, type Clock, type Result } from "../shared/index.ts";
import { createHosting, type Hosting } from "./hosting.ts";

/** What a host was seen to do. */
export interface Trial {
  /** From the request to its RATS. */
  readonly startMs: number;
  /** What it announces to players. */
  readonly info: Info;
}

export interface TrialParts {
  readonly clock: Clock;
  readonly retroarch: RetroArchVersion;
  readonly signal?: AbortSignal | undefined;
}

/** Waiting for an INFO from a host that has dialled in. */
const INFO_TIMEOUT_MS = 10_000;

/** How many of the host's own lines are told. */
const TOLD_LINES = 4;

/**
 * Hosts a game for a moment, on the ports and with the settings of the configuration but in a folder of its own and on loopback
 * only, and asks the host what it hosts. Works beside a running server.
 *
 * @returns What the host announced, or why it did not, in RetroArch's own words where it has any.
 */
export async function tryHosting(
  config: Config,
  game: FoundGame,
  parts: TrialParts,
): Promise<Result<Trial, string>> {
  const sessionsDir = await mkdtemp(path.join(config.data, "trial-"));
  const { logger, lines } = createMemoryLogger("error");
  const { clock, retroarch, signal } = parts;
  const onLoopback = { ...config, sessions: { ...config.sessions, host: "127.0.0.1", max: 1 } };
  const hosting = createHosting({ config: onLoopback, clock, logger, retroarch, sessionsDir });
  const close = (): void => {
    void hosting.close();
  };
  signal?.addEventListener("abort", close);
  try {
    const outcome = await hostAndAsk(hosting, game, clock);
    // Closing waits until the end of the session, and with it the host's own words, is in the log.
    await hosting.close();
    return outcome.ok ? outcome : fail([outcome.reason, ...hostLines(lines)].join(" | "));
  } finally {
    signal?.removeEventListener("abort", close);
    await hosting.close();
    await rm(sessionsDir, { recursive: true, force: true });
  }
}

async function hostAndAsk(hosting: Hosting, game: FoundGame, clock: Clock): Promise<Result<Trial, string>> {
  const opened = await hosting.open(game, "trial");
  if (!opened.ok) {
    return fail(explainRefusal(opened.reason));
  }
  const { port, startMs } = opened.value;
  const asked = await askInfo({ host: "127.0.0.1", port, clock, timeoutMs: INFO_TIMEOUT_MS });
  if (!asked.ok || asked.value.info === undefined) {
    return fail(`the host dialled in, but announced no game (${asked.ok ? "nothing loaded" : asked.reason})`);
  }
  return ok({ startMs, info: asked.value.info });
}

function explainRefusal(reason: string): string {
  return reason === "no-port" ? "no port of sessions.ports can be bound" : "RetroArch does not host it";
}

/** The host's errors, which the supervisor logs with the failure. */
function hostLines(lines: readonly Record<string, unknown>[]): string[] {
  const told = lines.flatMap((line) => (Array.isArray(line.hostLog) ? line.hostLog.map(String) : []));
  return told.slice(-TOLD_LINES);
}
