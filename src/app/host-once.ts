import { createServer, type AddressInfo } from "node:net";
import type { Config } from "../config.ts";
import type { Info } from "../netplay/index.ts";
import { askInfo, type AskedInfo, type AskFault } from "../probe/index.ts";
import type { RetroArchVersion } from "../retroarch/index.ts";
import { createMemoryLogger, fail, ok, type Clock, type Result } from "../shared/index.ts";
import type { HostedGame, OpenedSession, OpenRefusal } from "../supervisor/index.ts";
import { createHosting, type Hosting } from "./hosting.ts";

export interface HostOnceParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly retroarch: RetroArchVersion;
  /** Holds a folder for the host, of this purpose alone: what is left in it after a crash may be ended. */
  readonly sessionsDir: string;
}

/** What a host said when it was asked. */
export interface HostedOnce {
  readonly info: Info;
  /** Undefined when only INFO was asked for, or when the library is another core than the configuration says. */
  readonly state: AskedInfo["state"];
}

const LOOPBACK = "127.0.0.1";
const ASK_MS = 10_000;
const PORT_ATTEMPTS = 3;

/**
 * Hosts a game for a moment, by all the means of the server but on a loopback port of its own: it takes no port and no seat from players,
 * and nobody sees it.
 *
 * @param depth - `state`: up to the first savestate.
 * @returns What the host announced, or for people why it did not, with its own last words.
 */
export async function hostOnce(
  game: HostedGame,
  depth: "info" | "state",
  parts: HostOnceParts,
  signal?: AbortSignal,
): Promise<Result<HostedOnce, string>> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    const { logger, lines } = createMemoryLogger("error");
    const hosting = createHosting({ ...parts, config: onLoopback(parts.config, port), logger });
    const abort = (): void => void hosting.close();
    signal?.addEventListener("abort", abort);
    if (signal?.aborted === true) {
      abort();
    }
    try {
      const opened = await hosting.open(game, "netplayd");
      if (!opened.ok && opened.reason === "no-port" && attempt < PORT_ATTEMPTS) {
        continue;
      }
      return await interview(opened, game, depth, { ...parts, hosting, lines });
    } finally {
      signal?.removeEventListener("abort", abort);
      await hosting.close();
    }
  }
}

async function interview(
  opened: Result<OpenedSession, OpenRefusal>,
  game: HostedGame,
  depth: "info" | "state",
  parts: HostOnceParts & { hosting: Hosting; lines: readonly Record<string, unknown>[] },
): Promise<Result<HostedOnce, string>> {
  if (!opened.ok) {
    const words = lastWords(parts.lines);
    return fail(words ?? `it cannot be hosted (${opened.reason})`);
  }
  const target = { host: LOOPBACK, port: opened.value.port, clock: parts.clock, timeoutMs: ASK_MS };
  const asked = await askInfo(target);
  if (!asked.ok || asked.value.info === undefined) {
    return fail(`the host does not say what it has loaded (${asked.ok ? "no INFO" : asked.reason})`);
  }
  const { info } = asked.value;
  if (depth === "info" || info.coreName.toLowerCase() !== game.core.name.toLowerCase()) {
    return ok({ info, state: undefined });
  }
  const withState = await askInfo({ ...target, upToState: { core: info.coreName, crc: game.crc } });
  return withState.ok ? ok({ info, state: withState.value.state }) : fail(explain(withState.reason));
}

function explain(fault: AskFault): string {
  return fault === "silent"
    ? `the host sent no savestate within ${ASK_MS / 1000} s`
    : `the host gave up before its first savestate (${fault})`;
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

/** The host's last error, or else its last line, from what the supervisor logs with a failure. */
function lastWords(lines: readonly Record<string, unknown>[]): string | undefined {
  const words = lines.flatMap((line) => (Array.isArray(line.hostLog) ? line.hostLog.map(String) : []));
  const errors = words.filter((line) => line.startsWith("[ERROR]"));
  // The first error is the cause; those behind it are what follows from it.
  return errors[0]?.slice("[ERROR]".length).trim() ?? words.at(-1);
}
