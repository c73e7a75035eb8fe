import { unreachable } from "../shared/index.ts";
import { end, lose, stepStopping } from "./session-ending.ts";
import { reapAt, standby, stepPlaying, stepStandby } from "./session-hosting.ts";
import {
  stay,
  type In,
  type SessionEvent,
  type SessionState,
  type SessionTimes,
  type Transition,
} from "./session-state.ts";

/** The state machine of a session: pure, `now` in milliseconds of the clock that made the state's deadlines. */
export function step(state: SessionState, event: SessionEvent, now: number, times: SessionTimes): Transition {
  switch (state.name) {
    case "reserved":
      return stepReserved(state, event, now, times);
    case "starting":
      return stepStarting(state, event, now, times);
    case "standby":
      return stepStandby(state, event, now, times);
    case "playing":
      return stepPlaying(state, event, now, times);
    case "stopping":
      return stepStopping(state, event, now, times);
    case "gone":
      return stay(state);
    default:
      return unreachable(state);
  }
}

/** When the state wants its next tick; undefined when only an event can move it. */
export function nextDeadline(state: SessionState, times: SessionTimes): number | undefined {
  switch (state.name) {
    case "starting":
      return state.startBy;
    case "standby": {
      const next = Math.min(reapAt(state, times), state.freezeAt ?? Infinity);
      return next === Infinity ? undefined : next;
    }
    case "stopping":
      return state.tellAt ?? state.killAt ?? undefined;
    default:
      return undefined;
  }
}

function stepReserved(
  state: In<"reserved">,
  event: SessionEvent,
  now: number,
  times: SessionTimes,
): Transition {
  switch (event.type) {
    case "gateway-opened":
      return {
        state: { name: "starting", startBy: now + times.startMs, awaited: state.awaited },
        effects: ["spawn-host"],
      };
    case "gateway-failed":
      return { state: { name: "gone", cause: "no-port" }, effects: ["answer-failed", "release"] };
    case "stop":
      // The gateway is still opening: it answers gateway-opened or gateway-failed later, and is closed either way.
      return end(event.cause, { exited: true, answer: true }, now, times);
    default:
      return noteHandshake(state, event);
  }
}

function stepStarting(
  state: In<"starting">,
  event: SessionEvent,
  now: number,
  times: SessionTimes,
): Transition {
  switch (event.type) {
    case "ready": {
      const frozen = times.freeze && !state.awaited;
      return {
        state: standby({ awaited: state.awaited, frozen }, now, times),
        effects: frozen ? ["answer-ready", "freeze"] : ["answer-ready"],
      };
    }
    case "spawn-failed":
      return end("spawn-failed", { exited: true, answer: true }, now, times);
    case "exited":
      return end("start-exited", { exited: true, answer: true }, now, times);
    case "lost":
      return lose({ answer: true }, now, times);
    case "stop":
      return end(event.cause, { exited: false, answer: true }, now, times);
    case "tick":
      return now >= state.startBy
        ? end("start-timeout", { exited: false, answer: true }, now, times)
        : stay(state);
    default:
      return noteHandshake(state, event);
  }
}

/** While the host cannot run yet, only whether a client waits is kept. */
function noteHandshake(state: In<"reserved" | "starting">, { type }: SessionEvent): Transition {
  return stay(type === "wake" || type === "empty" ? { ...state, awaited: type === "wake" } : state);
}
