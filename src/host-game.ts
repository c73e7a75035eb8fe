import type { FindGame, GameQuery, HostedGame } from "./game.ts";
import { fail, ok, type Clock, type Port, type Result, type SessionId } from "./shared/index.ts";

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
  /** A literal: for the log. */
  readonly reason: string;
  /** It may be otherwise in a moment: there is no answer, so that the launcher asks again. Default: false. */
  readonly isTemporary?: boolean;
  readonly lookupMs?: number;
  readonly startMs?: number;
}

export interface HostGameParts {
  readonly clock: Clock;
  readonly find: FindGame;
  readonly open: (
    game: HostedGame,
    requester: Requester,
  ) => Promise<Result<{ readonly sessionId: SessionId; readonly port: Port }, string>>;
}

/** The use case: a request becomes a session, or a refusal. A refused request starts no process. */
export async function hostGame(
  wanted: GameQuery,
  requester: Requester,
  { clock, find, open }: HostGameParts,
): Promise<Result<HostedSession, HostRefusal>> {
  const askedAt = clock.now();
  const found = find(wanted);
  const foundAt = clock.now();
  const lookupMs = roundMs(foundAt - askedAt);
  if (!found.ok) {
    return fail({ reason: found.reason, lookupMs });
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
