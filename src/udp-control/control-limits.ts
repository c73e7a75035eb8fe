import type { Rate } from "../shared/index.ts";

export interface ControlLimits {
  /** Well-formed requests of one source; what exceeds it is dropped unanswered, so that its sender tries again. */
  readonly requests: Rate;
  /** Answers to malformed datagrams of one source. A rate of their own: junk must not use up what requests need. */
  readonly malformed: Rate;
  /** Requests being worked on at once; one more is refused with `too-many-attempts`. */
  readonly attempts: number;
  /** Answered requests kept for their repeats. Must not be lower than the number of sessions. */
  readonly remembered: number;
}

/**
 * Sixteen launchers behind one router that all start at once and repeat after 0.5, 1.5 and 3.5 s send 48 datagrams
 * in the first two seconds; each of them repeating every second sends 16 a second. Admission decides how many get a session.
 */
export const DEFAULT_CONTROL_LIMITS: ControlLimits = {
  requests: { perSecond: 32, burst: 64 },
  malformed: { perSecond: 2, burst: 16 },
  attempts: 64,
  remembered: 16_384,
};
