import { addressGroup, TokenBuckets, type Clock } from "../../shared/index.ts";
import type { LeaveReason } from "../gateway-event.ts";
import type { GatewayLimits } from "../limits.ts";

/** Ends before SYNC that the client has not caused. */
const NOT_THEIRS: ReadonlySet<LeaveReason> = new Set<LeaveReason>([
  "host-closed",
  "host-lost",
  "host-refused",
  "link-timeout",
  "session-closed",
  "full",
  "evicted",
  "kicked",
  "fault",
]);

/**
 * Counts the handshakes of each address that ended before SYNC, in all rooms together. Each has woken a host and made it open a
 * link, so an address that has too many gets no more for a while.
 */
export class FailedHandshakes {
  readonly #buckets: TokenBuckets;
  readonly #clock: Clock;

  constructor({ failedHandshakesPerSecond, failedHandshakeBurst }: GatewayLimits, clock: Clock) {
    this.#buckets = new TokenBuckets({ perSecond: failedHandshakesPerSecond, burst: failedHandshakeBurst });
    this.#clock = clock;
  }

  mayTry(address: string): boolean {
    return this.#buckets.has(addressGroup(address), this.#clock.now());
  }

  ended(address: string, reason: LeaveReason): void {
    if (!NOT_THEIRS.has(reason)) {
      this.#buckets.take(addressGroup(address), this.#clock.now());
    }
  }
}
