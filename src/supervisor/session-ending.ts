import type { EndCause } from "./end-cause.ts";
import {
  stay,
  type SessionEffect,
  type SessionEvent,
  type SessionTimes,
  type Transition,
} from "./session-event.ts";

/** A session whose gateway is closing and whose host is told to end. Times are milliseconds of the clock. */
export interface Stopping {
  readonly name: "stopping";
  readonly cause: EndCause;
  readonly exited: boolean;
  readonly gatewayClosed: boolean;
  /** When a lost host is told; null for all others, and once it was told. Until then its exit may name another cause. */
  readonly tellAt: number | null;
  /** When the host is killed; null before it was told to end, once it was killed, and when it has exited. */
  readonly killAt: number | null;
}

export interface Gone {
  readonly name: "gone";
  readonly cause: EndCause;
}

/** What happens to a session that ends. */
export function stepStopping(
  state: Stopping,
  event: SessionEvent,
  now: number,
  times: SessionTimes,
): Transition<Stopping | Gone> {
  switch (event.type) {
    case "exited":
    case "spawn-failed":
      return state.tellAt === null
        ? settle({ ...state, exited: true, killAt: null })
        : settle({ ...state, cause: "host-exited", exited: true, tellAt: null }, ["log-ending"]);
    case "gateway-closed":
      return settle({ ...state, gatewayClosed: true });
    case "tick":
      return tickStopping(state, now, times);
    default:
      return stay(state);
  }
}

function tickStopping(state: Stopping, now: number, { killMs }: SessionTimes): Transition<Stopping | Gone> {
  if (state.tellAt !== null && now >= state.tellAt) {
    return {
      state: { ...state, tellAt: null, killAt: now + killMs },
      effects: ["log-ending", "terminate"],
    };
  }
  return state.killAt !== null && now >= state.killAt
    ? { state: { ...state, killAt: null }, effects: ["kill"] }
    : stay(state);
}

interface Circumstances {
  /** Whether there is no process to end. */
  readonly exited: boolean;
  /** Whether a request still waits for the session. */
  readonly answer: boolean;
}

/** Begins the end, for a cause that stands. */
export function end(
  cause: EndCause,
  { exited, answer }: Circumstances,
  now: number,
  { killMs }: SessionTimes,
): Transition<Stopping | Gone> {
  const killAt = exited ? null : now + killMs;
  return {
    state: { name: "stopping", cause, exited, gatewayClosed: false, tellAt: null, killAt },
    effects: [...begin(answer), "log-ending", ...(exited ? [] : (["terminate"] as const))],
  };
}

/** The host's connection has ended. The session is closed to players at once; why it ended shows a moment later. */
export function lose(
  { answer }: Pick<Circumstances, "answer">,
  now: number,
  { lostMs }: SessionTimes,
): Transition<Stopping | Gone> {
  const tellAt = now + lostMs;
  return {
    state: {
      name: "stopping",
      cause: "host-lost",
      exited: false,
      gatewayClosed: false,
      tellAt,
      killAt: null,
    },
    effects: begin(answer),
  };
}

function begin(answer: boolean): SessionEffect[] {
  return answer ? ["answer-failed", "close-gateway"] : ["close-gateway"];
}

function settle(state: Stopping, effects: readonly SessionEffect[] = []): Transition<Stopping | Gone> {
  return state.exited && state.gatewayClosed
    ? { state: { name: "gone", cause: state.cause }, effects: [...effects, "release"] }
    : { state, effects };
}
