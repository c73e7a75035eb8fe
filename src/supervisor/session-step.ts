import { unreachable } from "../shared/index.ts";
import { end, lose, stepStopping } from "./session-ending.ts";
import {
  reapAt,
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

const idleAt = (now: number, { idleMs }: SessionTimes): number | null =>
  idleMs === null ? null : now + idleMs;

const stay = (state: SessionState): Transition => ({ state, effects: [] });

/** Whether somebody is at the gateway is kept while the host cannot run yet. */
function handshakeBegan(state: In<"reserved" | "starting">, event: SessionEvent): Transition {
  return stay(
    event.type === "wake" || event.type === "empty" ? { ...state, awaited: event.type === "wake" } : state,
  );
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
      return handshakeBegan(state, event);
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
        state: {
          name: "standby",
          idleAt: idleAt(now, times),
          awaited: state.awaited,
          frozen,
          freezeAt: null,
        },
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
      return handshakeBegan(state, event);
  }
}

function stepStandby(
  state: In<"standby">,
  event: SessionEvent,
  now: number,
  times: SessionTimes,
): Transition {
  switch (event.type) {
    case "wake":
      return {
        state: { ...state, awaited: true, frozen: false, freezeAt: null },
        effects: state.frozen ? ["thaw"] : [],
      };
    case "joined":
      return { state: { name: "playing", clients: 1 }, effects: state.frozen ? ["thaw"] : [] };
    case "empty":
      return tickStandby(
        {
          ...state,
          awaited: false,
          freezeAt: times.freeze && !state.frozen ? now + times.settleMs : state.freezeAt,
        },
        now,
        times,
      );
    case "tick":
      return tickStandby(state, now, times);
    default:
      return endHosting(event, now, times) ?? stay(state);
  }
}

function tickStandby(state: In<"standby">, now: number, times: SessionTimes): Transition {
  if (now >= reapAt(state, times)) {
    return end("idle", { exited: false, answer: false }, now, times);
  }
  if (state.freezeAt !== null && now >= state.freezeAt) {
    return { state: { ...state, frozen: true, freezeAt: null }, effects: ["freeze"] };
  }
  return stay(state);
}

function stepPlaying(
  state: In<"playing">,
  event: SessionEvent,
  now: number,
  times: SessionTimes,
): Transition {
  switch (event.type) {
    case "joined":
      return stay({ name: "playing", clients: state.clients + 1 });
    case "left":
      return stay(
        state.clients > 1
          ? { name: "playing", clients: state.clients - 1 }
          : // The host has not seen it leave yet: empty follows.
            { name: "standby", idleAt: idleAt(now, times), awaited: true, frozen: false, freezeAt: null },
      );
    default:
      return endHosting(event, now, times) ?? stay(state);
  }
}

/** What ends a session that hosts, with or without clients; undefined for any other event. */
function endHosting(event: SessionEvent, now: number, times: SessionTimes): Transition | undefined {
  switch (event.type) {
    case "exited":
      return end("host-exited", { exited: true, answer: false }, now, times);
    case "lost":
      return lose({ answer: false }, now, times);
    case "hung":
      return end("host-hung", { exited: false, answer: false }, now, times);
    case "mismatch":
      return end("wrong-content", { exited: false, answer: false }, now, times);
    case "stop":
      return end(event.cause, { exited: false, answer: false }, now, times);
    default:
      return undefined;
  }
}
