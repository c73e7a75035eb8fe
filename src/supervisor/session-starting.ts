import { unreachable } from "../shared/index.ts";
import { end, lose, stepStopping, type Gone, type Stopping } from "./session-ending.ts";
import { stay, type SessionEvent, type SessionTimes, type Transition } from "./session-event.ts";
import {
  reapAt,
  standby,
  stepPlaying,
  stepStandby,
  type Playing,
  type Standby,
} from "./session-idle-freeze.ts";

/** Waits for a public port and the tunnel listener. No process exists. */
interface Reserved {
  readonly name: "reserved";
  /** A client has shown a valid header already. */
  readonly awaited: boolean;
}

/** The host process was asked for; it has not dialled in. */
interface Starting {
  readonly name: "starting";
  /** Deadline for its RATS, in milliseconds of the clock. */
  readonly startBy: number;
  readonly awaited: boolean;
}

export type SessionState = Reserved | Starting | Standby | Playing | Stopping | Gone;

type Step = Transition<SessionState>;

/** The state machine of a session: pure, `now` in milliseconds of the clock that made the state's deadlines. */
export function step(state: SessionState, event: SessionEvent, now: number, times: SessionTimes): Step {
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

function stepReserved(state: Reserved, event: SessionEvent, now: number, times: SessionTimes): Step {
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

function stepStarting(state: Starting, event: SessionEvent, now: number, times: SessionTimes): Step {
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
function noteHandshake(state: Reserved | Starting, { type }: SessionEvent): Step {
  return stay(type === "wake" || type === "empty" ? { ...state, awaited: type === "wake" } : state);
}
