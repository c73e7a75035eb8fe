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

/** Addresses from which the right password has come. Above, the one that was longest not here is forgotten. */
const MAX_PROVEN = 10_000;

/** From one line in the log about guessing to the next. */
const WARN_EVERY_MS = 600_000;

/** What the order of those who wait goes by: a miss counts for an hour, for the address as for its network. */
const REMEMBERED_MISSES = { perSecond: 1 / 3600, burst: 1_000 };

const MAX_REMEMBERED = 20_000;

interface Waiting {
  readonly address: string;
  readonly onTurn: (isListenedTo: boolean) => void;
  readonly patience: Timer;
}

/**
 * Says whose password is compared when. All rooms together take so many wrong passwords at once and so many a second in the long
 * run. What exceeds it waits, and those go first whose addresses have missed least: a player who was never here is compared
 * next, while a crowd of guessers has used its addresses up. Whoever was right before does not wait at all.
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

  /** @param guesses - Of each address, shared with whoever counts other guesses. */
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
   * Calls back once, at once or later: whether the password of somebody from this address may be compared now.
   *
   * @returns Takes them out of the queue.
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

  /** The password of somebody who was listened to was wrong. */
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

  /** It was right. */
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

  /** One of those whose misses are extreme; at random, so that nobody can know how to be it. */
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
