import type { EndCause } from "./end-cause.ts";
import {
  stay,
  type In,
  type SessionEffect,
  type SessionEvent,
  type SessionTimes,
  type Transition,
} from "./session-state.ts";

/** What happens to a session that ends. */
export function stepStopping(
  state: In<"stopping">,
  event: SessionEvent,
  now: number,
  times: SessionTimes,
): Transition {
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

function tickStopping(state: In<"stopping">, now: number, { killMs }: SessionTimes): Transition {
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
): Transition {
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
): Transition {
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

function settle(state: In<"stopping">, effects: readonly SessionEffect[] = []): Transition {
  return state.exited && state.gatewayClosed
    ? { state: { name: "gone", cause: state.cause }, effects: [...effects, "release"] }
    : { state, effects };
}
