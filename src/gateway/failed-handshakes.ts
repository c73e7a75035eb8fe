import { addressGroup, TokenBuckets, wideAddressGroup, type Clock } from "../shared/index.ts";
import type { LeaveReason } from "./gateway-event.ts";
import type { GatewayLimits } from "./limits.ts";

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

/** A failure is remembered for ten minutes, for its address and its network. */
const REMEMBERED = { perSecond: 1 / 600, burst: 1 };

const MAX_REMEMBERED = 20_000;

/**
 * Counts the handshakes of each address that ended before SYNC, in all rooms together. Each has woken a host and made it open a
 * link, so an address that has too many gets no more for a while.
 */
export class FailedHandshakes {
  readonly #buckets: TokenBuckets;
  readonly #remembered = new TokenBuckets(REMEMBERED, MAX_REMEMBERED);
  readonly #clock: Clock;

  constructor({ failedHandshakesPerSecond, failedHandshakeBurst }: GatewayLimits, clock: Clock) {
    this.#buckets = new TokenBuckets({ perSecond: failedHandshakesPerSecond, burst: failedHandshakeBurst });
    this.#clock = clock;
  }

  mayTry(address: string): boolean {
    return this.#buckets.has(addressGroup(address), this.#clock.now());
  }

  ended(address: string, reason: LeaveReason): void {
    const nowMs = this.#clock.now();
    if (!NOT_THEIRS.has(reason)) {
      this.#buckets.take(addressGroup(address), nowMs);
    }
    if (!NOT_THEIRS.has(reason) || reason === "evicted") {
      this.#remembered.take(addressGroup(address), nowMs);
      this.#remembered.take(wideAddressGroup(address), nowMs);
    }
  }

  /** Whether a handshake of this address or its network has failed lately, or was evicted. */
  hasFailed(address: string): boolean {
    const keys = [addressGroup(address), wideAddressGroup(address)];
    return !keys.every((key) => this.#remembered.has(key, this.#clock.now()));
  }
}
