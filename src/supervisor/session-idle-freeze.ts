import { end, lose, type Gone, type Stopping } from "./session-ending.ts";
import { stay, type SessionEvent, type SessionTimes, type Transition } from "./session-event.ts";

/** A session that hosts, without a client. Times are milliseconds of the clock. */
export interface Standby {
  readonly name: "standby";
  /** When it is reaped, null for one that is kept. */
  readonly idleAt: number | null;
  /** A client is on its way in, which puts that off for `handshakeMs` at the most. */
  readonly awaited: boolean;
  readonly frozen: boolean;
  /** When the host may sleep, null while it must run or already sleeps. */
  readonly freezeAt: number | null;
}

export interface Playing {
  readonly name: "playing";
  readonly clients: number;
}

/** A session that begins to host, or whose last client has left, at `now`. */
export function standby(
  host: { readonly awaited: boolean; readonly frozen: boolean },
  now: number,
  { idleMs }: SessionTimes,
): Standby {
  return { name: "standby", idleAt: idleMs === null ? null : now + idleMs, ...host, freezeAt: null };
}

/** When a session without clients is ended; Infinity for one that is kept. */
export function reapAt({ idleAt, awaited }: Standby, { handshakeMs }: SessionTimes): number {
  return idleAt === null ? Infinity : idleAt + (awaited ? handshakeMs : 0);
}

/** What happens to a session that hosts and has no client. */
export function stepStandby(
  state: Standby,
  event: SessionEvent,
  now: number,
  times: SessionTimes,
): Transition<Standby | Playing | Stopping | Gone> {
  switch (event.type) {
    case "wake":
      return {
        state: { ...state, awaited: true, frozen: false, freezeAt: null },
        effects: state.frozen ? ["thaw"] : [],
      };
    case "joined":
      return { state: { name: "playing", clients: 1 }, effects: state.frozen ? ["thaw"] : [] };
    case "empty": {
      const freezeAt = times.freeze && !state.frozen ? now + times.settleMs : state.freezeAt;
      return tickStandby({ ...state, awaited: false, freezeAt }, now, times);
    }
    case "tick":
      return tickStandby(state, now, times);
    default:
      return endHosting(event, now, times) ?? stay(state);
  }
}

function tickStandby(
  state: Standby,
  now: number,
  times: SessionTimes,
): Transition<Standby | Playing | Stopping | Gone> {
  if (now >= reapAt(state, times)) {
    return end("idle", { exited: false, answer: false }, now, times);
  }
  if (state.freezeAt !== null && now >= state.freezeAt) {
    return { state: { ...state, frozen: true, freezeAt: null }, effects: ["freeze"] };
  }
  return stay(state);
}

/** What happens to a session that has clients. */
export function stepPlaying(
  state: Playing,
  event: SessionEvent,
  now: number,
  times: SessionTimes,
): Transition<Standby | Playing | Stopping | Gone> {
  switch (event.type) {
    case "joined":
      return stay({ name: "playing", clients: state.clients + 1 });
    case "left":
      return stay(
        state.clients > 1
          ? { name: "playing", clients: state.clients - 1 }
          : // The host has not seen it leave yet: empty follows.
            standby({ awaited: true, frozen: false }, now, times),
      );
    default:
      return endHosting(event, now, times) ?? stay(state);
  }
}

/** What ends a session that hosts, with or without clients; undefined for any other event. */
function endHosting(
  event: SessionEvent,
  now: number,
  times: SessionTimes,
): Transition<Stopping | Gone> | undefined {
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
