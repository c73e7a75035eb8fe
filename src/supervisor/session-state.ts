import type { EndCause } from "./end-cause.ts";

/** All times are milliseconds of the clock. */
export type SessionState =
  /** Waits for a public port and the tunnel listener. No process exists. `awaited`: a client has shown a valid header already. */
  | { readonly name: "reserved"; readonly awaited: boolean }
  /** The host process was asked for; it has not dialled in. `startBy`: the deadline for that. */
  | { readonly name: "starting"; readonly startBy: number; readonly awaited: boolean }
  /**
   * Hosts, without a client. `idleAt`: when it is reaped, null for one that is kept. `awaited`: a client is on its way in, which
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
   * Ends: the gateway is closing, the host is told to end. `tellAt`: when a lost host is told; null for all others, and once it
   * was told. Until then its exit may name another cause. `killAt`: when the host is killed; null before it was told to end, once
   * it was killed, and when it has exited.
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

/** The state of this name. */
export type In<Name extends SessionState["name"]> = Extract<SessionState, { name: Name }>;

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

export interface Transition {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
}

export const stay = (state: SessionState): Transition => ({ state, effects: [] });
