import { readFileSync } from "node:fs";
import type { Config } from "./config.ts";

/** With fewer our own modules cannot be loaded, some fifty of which are open at once. */
const FEWEST_OPEN_FILES = 256;

/** Libraries, listeners, the catalog, and a margin. */
const BASE = 128;
/** Its two listeners, its host's connection, and what the start of its host needs for a moment. */
const PER_SESSION = 8;
/** The client's connection and its host's. */
const PER_CLIENT = 2;
/** Connections that have not said yet who they are: as many as the gateway keeps before it closes the oldest. */
const HALF_OPEN_ON_ONE_PORT = 1024 + 512;
const HALF_OPEN_PER_SESSION = 64;

export const OPEN_FILES_ADVICE =
  "fewer files may be open than this configuration can need, and players are turned away when they run out: raise the limit (LimitNOFILE= in the systemd unit, ulimit -n in a shell), or lower sessions.max and relay.maxRooms";

/** How many files this process may have open; Node has raised its soft limit to the hard one. Undefined where the system does not say. */
function readOpenFilesLimit(): number | undefined {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : soft === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(soft);
  } catch {
    return undefined;
  }
}

/** What to tell a user whose limit is too low to start; undefined when it is not. */
export function complainOfOpenFiles(limit = readOpenFilesLimit()): string | undefined {
  return limit === undefined || limit >= FEWEST_OPEN_FILES
    ? undefined
    : `Only ${limit} files may be open at once, and netplayd needs ${FEWEST_OPEN_FILES} to start: raise the limit (ulimit -n in a shell, LimitNOFILE= in a systemd unit).`;
}

/** Open files when everything that the configuration allows happens at once. */
export function openFilesFor({
  sessions,
  relay,
  netplay,
}: Pick<Config, "sessions" | "relay" | "netplay">): number {
  const perSession = PER_SESSION + HALF_OPEN_PER_SESSION + PER_CLIENT * sessions.maxClients;
  const perRelayed = 1 + PER_CLIENT * relay.maxClients;
  const relayed = relay.enabled && netplay.port !== null ? relay.maxRooms * perRelayed : 0;
  return BASE + sessions.max * perSession + relayed + (netplay.port === null ? 0 : HALF_OPEN_ON_ONE_PORT);
}

/** The limit and what can be needed; undefined when it is enough. */
export function judgeOpenFiles(
  config: Pick<Config, "sessions" | "relay" | "netplay">,
  limit = readOpenFilesLimit(),
): { readonly limit: number; readonly needed: number } | undefined {
  const needed = openFilesFor(config);
  return limit === undefined || limit >= needed ? undefined : { limit, needed };
}
