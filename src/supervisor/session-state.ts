/** Why a session ended. The first cause stands; what follows from it does not replace it. */
export type EndCause =
  /** No client for `idleMs`. */
  | "idle"
  /** The operator ended it. */
  | "stopped"
  /** Nobody has ever joined it, and somebody else needs its place. */
  | "evicted"
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
  | "host-lost"
  /** The host process runs, but gives no sign of life. */
  | "host-hung"
  /** The host announced another content or core than the session is for. */
  | "wrong-content";

export type SessionState =
  /** Waits for a public port and the tunnel listener. No process exists. */
  | { readonly name: "reserved"; readonly awaited: boolean }
  /** The host process was asked for; it has not dialled in. `startBy`: the deadline for that. `awaited`: somebody has knocked already. */
  | { readonly name: "starting"; readonly startBy: number; readonly awaited: boolean }
  /**
   * Hosts, without a client. `idleAt`: when it is reaped, null for one that is kept. `awaited`: somebody is on their way in, who
   * puts that off for `handshakeMs` at the most. `freezeAt`: when the host may sleep, null while it must run or already sleeps.
   */
  | {
      readonly name: "standby";
      readonly idleAt: number | null;
      readonly awaited: boolean;
      readonly frozen: boolean;
      readonly freezeAt: number | null;
    }
  | { readonly name: "playing"; readonly clients: number }
  /**
   * Ends: the gateway is closing, the host is told to. `tellAt`: when a lost host is told, null for all others and once that was
   * done; until then its exit may name another cause. `killAt`: when it is killed, null before it was told to end, once that was
   * done and when it is not needed.
   */
  | {
      readonly name: "stopping";
      readonly cause: EndCause;
      readonly exited: boolean;
      readonly gatewayClosed: boolean;
      readonly tellAt: number | null;
      readonly killAt: number | null;
    }
  | { readonly name: "gone"; readonly cause: EndCause };

export type SessionEvent =
  | { readonly type: "gateway-opened" }
  | { readonly type: "gateway-failed" }
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
  /** The host, which is to run, gives no sign of life. */
  | { readonly type: "hung" }
  /** The host has announced what the session is not for. */
  | { readonly type: "mismatch" }
  | { readonly type: "stop"; readonly cause: "stopped" | "evicted" | "shutdown" }
  | { readonly type: "gateway-closed" }
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
  | "close-gateway"
  /** Logs the end with its cause, which stands from now on. Once in a session that had a gateway. */
  | "log-ending"
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
  /** How long after that somebody who was on their way in by then may take. */
  readonly handshakeMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly killMs: number;
  /** From the end of a host's connection until it counts as one that runs on: a crashed host's process ends a little later. */
  readonly lostMs: number;
  /** How long the host runs on after its last client, to notice that it left. */
  readonly settleMs: number;
  /** Whether a host without clients sleeps. */
  readonly freeze: boolean;
}

export interface Transition {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
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

/** When a session without clients is ended; Infinity for one that is kept. */
export function reapAt({ idleAt, awaited }: In<"standby">, { handshakeMs }: SessionTimes): number {
  return idleAt === null ? Infinity : idleAt + (awaited ? handshakeMs : 0);
}

/** The state of this name. */
export type In<Name extends SessionState["name"]> = Extract<SessionState, { name: Name }>;
