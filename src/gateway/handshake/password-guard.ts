import { randomInt } from "node:crypto";
import {
  addressGroup,
  TokenBucket,
  TokenBuckets,
  wideAddressGroup,
  type Clock,
  type Logger,
  type Timer,
} from "../../shared/index.ts";
import type { GatewayLimits } from "../limits.ts";

/** Addresses that have given a right password. Above, the one that has not come for longest is forgotten. */
const MAX_PROVEN = 10_000;

const WARN_EVERY_MS = 600_000;

/** Misses that decide the order of the queue. Each counts for an hour, for its address and its network. */
const REMEMBERED_MISSES = { perSecond: 1 / 3600, burst: 1_000 };

const MAX_REMEMBERED = 20_000;

interface Waiting {
  readonly address: string;
  readonly onTurn: (isListenedTo: boolean) => void;
  readonly patience: Timer;
}

/**
 * Decides when a password is compared. All rooms together have a limit for wrong passwords; beyond it passwords wait, and those
 * from the addresses with the fewest misses go first. So a new player is next, while guessers have used up their addresses. An
 * address that has given a right password before does not wait.
 */
export class PasswordGuard {
  readonly #limits: GatewayLimits;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #ofAddress: TokenBuckets;
  readonly #ofNetwork: TokenBuckets;
  readonly #misses: TokenBucket;
  readonly #remembered = new TokenBuckets(REMEMBERED_MISSES, MAX_REMEMBERED);
  readonly #proven = new Set<string>();
  readonly #waiting = new Set<Waiting>();
  #next: Timer | undefined;
  #warnedAtMs = -Infinity;

  /** @param guesses - What each address may guess; ids of sessions count as well. */
  constructor(limits: GatewayLimits, guesses: TokenBuckets, clock: Clock, logger: Logger) {
    const { passwordMissesPerSecond: perSecond, passwordMissBurst: burst } = limits;
    this.#limits = limits;
    this.#clock = clock;
    this.#logger = logger;
    this.#ofAddress = guesses;
    this.#ofNetwork = new TokenBuckets({ perSecond, burst });
    this.#misses = new TokenBucket(perSecond, burst, clock.now());
  }

  /**
   * Calls back once, now or later: whether a password from this address may be compared.
   *
   * @returns Leaves the queue.
   */
  ask(address: string, onTurn: (isListenedTo: boolean) => void): () => void {
    const nowMs = this.#clock.now();
    const isProven = this.#proven.has(addressGroup(address));
    const isListenedTo =
      this.#ofAddress.has(addressGroup(address), nowMs) &&
      (isProven || this.#ofNetwork.has(wideAddressGroup(address), nowMs));
    if (!isListenedTo || isProven || (this.#waiting.size === 0 && this.#misses.has(1, nowMs))) {
      onTurn(isListenedTo);
      return () => undefined;
    }
    return this.#queue(address, onTurn);
  }

  /** A password that was compared was wrong. */
  missed(address: string): void {
    const nowMs = this.#clock.now();
    this.#ofAddress.take(addressGroup(address), nowMs);
    this.#remembered.take(addressGroup(address), nowMs);
    this.#remembered.take(wideAddressGroup(address), nowMs);
    if (!this.#proven.has(addressGroup(address))) {
      this.#ofNetwork.take(wideAddressGroup(address), nowMs);
      this.#misses.take(1, nowMs);
    }
  }

  /** A password that was compared was right. */
  proved(address: string): void {
    const group = addressGroup(address);
    this.#proven.delete(group);
    this.#proven.add(group);
    const [oldest] = this.#proven;
    if (this.#proven.size > MAX_PROVEN && oldest !== undefined) {
      this.#proven.delete(oldest);
    }
  }

  #queue(address: string, onTurn: Waiting["onTurn"]): () => void {
    this.#warn();
    const patience = this.#clock.after(this.#limits.passwordQueueMs, () => {
      this.#leave(waiting, false);
    });
    const waiting: Waiting = { address, onTurn, patience };
    this.#waiting.add(waiting);
    if (this.#waiting.size > this.#limits.passwordQueue) {
      this.#leave(this.#pick((misses, best) => misses > best) ?? waiting, false);
    }
    this.#schedule();
    return () => {
      this.#forget(waiting);
    };
  }

  #schedule(): void {
    if (this.#next === undefined && this.#waiting.size > 0) {
      this.#next = this.#clock.after(1000 / this.#limits.passwordMissesPerSecond, () => {
        this.#next = undefined;
        this.#serve();
      });
    }
  }

  #serve(): void {
    while (this.#misses.has(1, this.#clock.now())) {
      const first = this.#pick((misses, best) => misses < best);
      if (first === undefined) {
        break;
      }
      this.#leave(first, true);
    }
    this.#schedule();
  }

  /** One of those with the fewest or most misses, at random, so that nobody can predict which. */
  #pick(isBetter: (misses: number, best: number) => boolean): Waiting | undefined {
    const nowMs = this.#clock.now();
    let best: { readonly misses: number; readonly who: Waiting[] } | undefined;
    for (const waiting of this.#waiting) {
      const misses = Math.ceil(
        Math.max(
          this.#remembered.used(addressGroup(waiting.address), nowMs),
          this.#remembered.used(wideAddressGroup(waiting.address), nowMs),
        ),
      );
      if (best === undefined || isBetter(misses, best.misses)) {
        best = { misses, who: [waiting] };
      } else if (misses === best.misses) {
        best.who.push(waiting);
      }
    }
    return best?.who[randomInt(best.who.length)];
  }

  #leave(waiting: Waiting, isListenedTo: boolean): void {
    this.#forget(waiting);
    waiting.onTurn(isListenedTo);
  }

  #forget(waiting: Waiting): void {
    waiting.patience.cancel();
    this.#waiting.delete(waiting);
    if (this.#waiting.size === 0) {
      this.#next?.cancel();
      this.#next = undefined;
    }
  }

  #warn(): void {
    const nowMs = this.#clock.now();
    if (nowMs - this.#warnedAtMs >= WARN_EVERY_MS) {
      this.#warnedAtMs = nowMs;
      this.#logger.warn(
        "somebody guesses the passwords of rooms: new players may have to wait for some seconds",
      );
    }
  }
}
