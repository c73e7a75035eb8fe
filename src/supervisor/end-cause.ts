/** Why a session ended. The first cause stands; what follows from it does not replace it. */
export type EndCause =
  /** No client for `idleMs`. */
  | "idle"
  /** The operator ended it. */
  | "stopped"
  /** It was never joined, and its place is needed. */
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

const PLANNED: ReadonlySet<EndCause> = new Set<EndCause>(["idle", "stopped", "evicted", "shutdown"]);

const START_FAULTS: ReadonlySet<EndCause> = new Set<EndCause>([
  "spawn-failed",
  "start-exited",
  "start-timeout",
  "host-exited",
  "host-lost",
]);

export function isPlanned(cause: EndCause): boolean {
  return PLANNED.has(cause);
}

/** Whether the same game would most likely fail to start again. */
export function isStartFault(cause: EndCause): boolean {
  return START_FAULTS.has(cause);
}

/** The refusal for a session that ended before it hosted. */
export function refusalOf(cause: EndCause): "no-port" | "shutting-down" | "start-failed" {
  if (cause === "no-port") {
    return "no-port";
  }
  return cause === "shutdown" ? "shutting-down" : "start-failed";
}
