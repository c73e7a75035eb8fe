import type { CoreConfig } from "./config.ts";
import { fail, ok, type Clock, type Crc32, type Port, type Result, type SessionId } from "./shared/index.ts";

/** A game that somebody wants hosted, under the names and numbers that a player's RetroArch knows. */
export interface WantedGame {
  readonly core: string;
  readonly coreVersion: string;
  readonly game: string;
  readonly base: string;
  readonly crc: Crc32;
}

/** A game that can be hosted: what the catalog found for a request. */
export interface FoundGame {
  readonly entryId?: number;
  readonly core: CoreConfig;
  readonly name: string;
  readonly content: string;
  readonly crc: Crc32;
}

/** Where a request came from. */
export interface Requester {
  readonly address: string;
  readonly port: number;
}

export interface HostedSession {
  readonly sessionId: SessionId;
  readonly port: Port;
  readonly lookupMs: number;
  readonly startMs: number;
}

export interface HostRefusal {
  /** A literal: for the log and the metrics. */
  readonly reason: string;
  /** It may be otherwise in a moment. */
  readonly isTemporary: boolean;
  readonly lookupMs: number;
  readonly startMs?: number;
}

export interface HostGameParts {
  readonly clock: Clock;
  readonly find: (wanted: WantedGame) => Result<FoundGame, string>;
  readonly open: (
    game: FoundGame,
    requester: Requester,
  ) => Promise<Result<{ readonly sessionId: SessionId; readonly port: Port }, string>>;
}

/** The use case: a request becomes a session, or a refusal. A refused request starts no process. */
export async function hostGame(
  wanted: WantedGame,
  requester: Requester,
  { clock, find, open }: HostGameParts,
): Promise<Result<HostedSession, HostRefusal>> {
  const askedAt = clock.now();
  const found = find(wanted);
  const foundAt = clock.now();
  const lookupMs = roundMs(foundAt - askedAt);
  if (!found.ok) {
    return fail({ reason: found.reason, isTemporary: false, lookupMs });
  }
  const opened = await open(found.value, requester);
  const startMs = roundMs(clock.now() - foundAt);
  return opened.ok
    ? ok({ ...opened.value, lookupMs, startMs })
    : fail({ reason: opened.reason, isTemporary: TEMPORARY.has(opened.reason), lookupMs, startMs });
}

/** Of the supervisor's reasons, those that pass within seconds. */
const TEMPORARY: ReadonlySet<string> = new Set(["too-many-starts", "no-place-yet"]);

/** To a microsecond: more digits in the log say nothing. */
function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
