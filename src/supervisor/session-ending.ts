import type { EndCause, In, SessionEffect, SessionEvent, SessionTimes, Transition } from "./session-state.ts";

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
      return { state, effects: [] };
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
    : { state, effects: [] };
}

/** Begins the end for a cause that stands. */
export function end(
  cause: EndCause,
  { exited, answer }: { exited: boolean; answer: boolean },
  now: number,
  times: SessionTimes,
): Transition {
  return {
    state: {
      name: "stopping",
      cause,
      exited,
      gatewayClosed: false,
      tellAt: null,
      killAt: exited ? null : now + times.killMs,
    },
    effects: [
      ...(answer ? (["answer-failed"] as const) : []),
      "close-gateway",
      "log-ending",
      ...(exited ? [] : (["terminate"] as const)),
    ],
  };
}

/** The host's connection has ended. It is closed to players at once; why it ended shows a moment later. */
export function lose({ answer }: { answer: boolean }, now: number, times: SessionTimes): Transition {
  return {
    state: {
      name: "stopping",
      cause: "host-lost",
      exited: false,
      gatewayClosed: false,
      tellAt: now + times.lostMs,
      killAt: null,
    },
    effects: [...(answer ? (["answer-failed"] as const) : []), "close-gateway"],
  };
}

function settle(state: In<"stopping">, effects: readonly SessionEffect[] = []): Transition {
  return state.exited && state.gatewayClosed
    ? { state: { name: "gone", cause: state.cause }, effects: [...effects, "release"] }
    : { state, effects };
}
