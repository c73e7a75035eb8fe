export type SessionEvent =
  | {
      readonly type:
        | "gateway-opened"
        | "gateway-failed"
        | "gateway-closed"
        | "spawn-failed"
        /** The host process has ended. */
        | "exited"
        /** The host's RATS. */
        | "ready"
        /** The first connection with a valid header: the host must run. */
        | "wake"
        | "joined"
        | "left"
        /** No connection needs the host any more. */
        | "empty"
        /** The host's control connection ended. */
        | "lost"
        /** The host, which is to run, gives no sign of life. */
        | "hung"
        /** The host has announced another game than the session's. */
        | "mismatch"
        /** Time has passed; the state's own deadlines say whether it matters. */
        | "tick";
    }
  | { readonly type: "stop"; readonly cause: "stopped" | "evicted" | "shutdown" };

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

/** In milliseconds. */
export interface SessionTimes {
  readonly startMs: number;
  /** null: a session without clients is kept. */
  readonly idleMs: number | null;
  /** By how much a client that is on its way in puts the end of an idle session off. */
  readonly handshakeMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly killMs: number;
  /** From the end of a host's connection until it counts as one that runs on: the process of a crashed host ends a little later. */
  readonly lostMs: number;
  /** How long the host runs on after its last client, to notice that it left. */
  readonly settleMs: number;
  /** Whether a host without clients sleeps. */
  readonly freeze: boolean;
}

export interface Transition<State> {
  readonly state: State;
  readonly effects: readonly SessionEffect[];
}

export function stay<State>(state: State): Transition<State> {
  return { state, effects: [] };
}
