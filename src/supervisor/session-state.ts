import { unreachable } from "../shared/index.ts";

/** Why a session ended. The first cause stands; what follows from it does not replace it. */
export type EndCause =
  /** No client for `idleMs`. */
  | "idle"
  /** The operator ended it. */
  | "stopped"
  /** netplayd is stopping. */
  | "shutdown"
  /** No public port could be bound. */
  | "no-port"
  /** The host process could not be started at all. */
  | "spawn-failed"
  /** The host process ended before it hosted. */
  | "start-exited"
  /** The host did not dial in within `startMs`. */
  | "start-timeout"
  /** The host process ended while it hosted. */
  | "host-exited"
  /** The host process runs on, but gave up netplay. */
  | "host-lost";

export type SessionState =
  /** Waits for a public port and the tunnel listener. No process exists. */
  | { readonly name: "reserved"; readonly awaited: boolean }
  /** The host process was asked for; it has not dialled in. `startBy`: the deadline for that. `awaited`: somebody has knocked already. */
  | { readonly name: "starting"; readonly startBy: number; readonly awaited: boolean }
  /**
   * Hosts, without a client. `idleAt`: when it is reaped, null for one that is kept. `freezeAt`: when the host may sleep, null
   * while it must run or already sleeps.
   */
  | {
      readonly name: "standby";
      readonly idleAt: number | null;
      readonly frozen: boolean;
      readonly freezeAt: number | null;
    }
  | { readonly name: "playing"; readonly clients: number }
  /** Ends: the door is closing, the host is told to. `killAt`: when it is killed, null once that was done or is not needed. */
  | {
      readonly name: "stopping";
      readonly cause: EndCause;
      readonly exited: boolean;
      readonly doorClosed: boolean;
      readonly killAt: number | null;
    }
  | { readonly name: "gone"; readonly cause: EndCause };

export type SessionEvent =
  | { readonly type: "door-opened" }
  | { readonly type: "door-failed" }
  | { readonly type: "spawn-failed" }
  | { readonly type: "exited" }
  /** The host's RATS. */
  | { readonly type: "ready" }
  /** The first connection with a valid header: the host must run. */
  | { readonly type: "wake" }
  | { readonly type: "joined" }
  | { readonly type: "left" }
  /** No connection needs the host any more. */
  | { readonly type: "empty" }
  /** The host's control connection ended. */
  | { readonly type: "lost" }
  | { readonly type: "stop"; readonly cause: "stopped" | "shutdown" }
  | { readonly type: "door-closed" }
  /** Time has passed; the state's own deadlines say whether it matters. */
  | { readonly type: "tick" };

/** What has to be done about a transition, in this order. */
export type SessionEffect =
  | "spawn-host"
  /** Answers the request with the port. */
  | "answer-ready"
  /** Answers the request with a refusal. */
  | "answer-failed"
  /** SIGSTOP. */
  | "freeze"
  /** SIGCONT. */
  | "thaw"
  | "close-door"
  /** SIGCONT, then SIGTERM: a stopped process acts on SIGTERM only when it is continued. */
  | "terminate"
  /** SIGKILL. */
  | "kill"
  /** Returns the port and removes the session's directory. */
  | "release";

export interface SessionTimes {
  readonly startMs: number;
  /** null: a session without clients is kept. */
  readonly idleMs: number | null;
  /** From SIGTERM to SIGKILL. */
  readonly killMs: number;
  /** How long the host runs on after its last client, to notice that it left. */
  readonly settleMs: number;
  /** Whether a host without clients sleeps. */
  readonly freeze: boolean;
}

export interface Transition {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
}

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
      return stepStopping(state, event, now);
    case "gone":
      return stay(state);
    default:
      return unreachable(state);
  }
}

/** When the state wants its next tick; undefined when only an event can move it. */
export function nextDeadline(state: SessionState): number | undefined {
  switch (state.name) {
    case "starting":
      return state.startBy;
    case "standby": {
      const next = Math.min(state.idleAt ?? Infinity, state.freezeAt ?? Infinity);
      return next === Infinity ? undefined : next;
    }
    case "stopping":
      return state.killAt ?? undefined;
    default:
      return undefined;
  }
}

const idleAt = (now: number, { idleMs }: SessionTimes): number | null =>
  idleMs === null ? null : now + idleMs;

const stay = (state: SessionState): Transition => ({ state, effects: [] });

type In<Name extends SessionState["name"]> = Extract<SessionState, { name: Name }>;

/** Whether somebody is at the door is kept while the host cannot run yet. */
function knock(state: In<"reserved" | "starting">, event: SessionEvent): Transition {
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
    case "door-opened":
      return {
        state: { name: "starting", startBy: now + times.startMs, awaited: state.awaited },
        effects: ["spawn-host"],
      };
    case "door-failed":
      return { state: { name: "gone", cause: "no-port" }, effects: ["answer-failed", "release"] };
    case "stop":
      // The door is still opening: it answers door-opened or door-failed later, and is closed either way.
      return end(event.cause, { exited: true, answer: true }, now, times);
    default:
      return knock(state, event);
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
        state: { name: "standby", idleAt: idleAt(now, times), frozen, freezeAt: null },
        effects: frozen ? ["answer-ready", "freeze"] : ["answer-ready"],
      };
    }
    case "spawn-failed":
      return end("spawn-failed", { exited: true, answer: true }, now, times);
    case "exited":
      return end("start-exited", { exited: true, answer: true }, now, times);
    case "lost":
      return end("host-lost", { exited: false, answer: true }, now, times);
    case "stop":
      return end(event.cause, { exited: false, answer: true }, now, times);
    case "tick":
      return now >= state.startBy
        ? end("start-timeout", { exited: false, answer: true }, now, times)
        : stay(state);
    default:
      return knock(state, event);
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
      return { state: { ...state, frozen: false, freezeAt: null }, effects: state.frozen ? ["thaw"] : [] };
    case "joined":
      return { state: { name: "playing", clients: 1 }, effects: state.frozen ? ["thaw"] : [] };
    case "empty":
      return stay(times.freeze && !state.frozen ? { ...state, freezeAt: now + times.settleMs } : state);
    case "tick":
      return tickStandby(state, now, times);
    default:
      return endHosting(event, now, times) ?? stay(state);
  }
}

function tickStandby(state: In<"standby">, now: number, times: SessionTimes): Transition {
  if (state.idleAt !== null && now >= state.idleAt) {
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
          : { name: "standby", idleAt: idleAt(now, times), frozen: false, freezeAt: null },
      );
    default:
      return endHosting(event, now, times) ?? stay(state);
  }
}

function stepStopping(state: In<"stopping">, event: SessionEvent, now: number): Transition {
  switch (event.type) {
    case "exited":
    case "spawn-failed":
      return settle({ ...state, exited: true, killAt: null });
    case "door-closed":
      return settle({ ...state, doorClosed: true });
    case "tick":
      return state.killAt !== null && now >= state.killAt
        ? { state: { ...state, killAt: null }, effects: ["kill"] }
        : stay(state);
    default:
      return stay(state);
  }
}

/** What ends a session that hosts, with or without clients; undefined for any other event. */
function endHosting(event: SessionEvent, now: number, times: SessionTimes): Transition | undefined {
  switch (event.type) {
    case "exited":
      return end("host-exited", { exited: true, answer: false }, now, times);
    case "lost":
      return end("host-lost", { exited: false, answer: false }, now, times);
    case "stop":
      return end(event.cause, { exited: false, answer: false }, now, times);
    default:
      return undefined;
  }
}

function end(
  cause: EndCause,
  { exited, answer }: { exited: boolean; answer: boolean },
  now: number,
  times: SessionTimes,
): Transition {
  return {
    state: { name: "stopping", cause, exited, doorClosed: false, killAt: exited ? null : now + times.killMs },
    effects: [
      ...(answer ? (["answer-failed"] as const) : []),
      "close-door",
      ...(exited ? [] : (["terminate"] as const)),
    ],
  };
}

function settle(state: In<"stopping">): Transition {
  return state.exited && state.doorClosed
    ? { state: { name: "gone", cause: state.cause }, effects: ["release"] }
    : stay(state);
}
