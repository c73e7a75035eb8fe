import { addressGroup } from "../../shared/index.ts";

/** Standstill that an address may cause at once: once as much as a host waits for a player by itself. */
const FULL_MS = 6_000;
/** What it gets back: two seconds a minute. */
const REFILL_PER_MS = 1 / 30;
/** What it may cause when it plays again after it was kept from playing. */
const PROBATION_MS = 2_000;
/** How long it may only watch, the first time; doubled with each time. */
const FIRST_BAN_MS = 60_000;
const LONGEST_BAN_MS = 3_600_000;
/** So long after a ban the next one is a first one again. */
const FORGIVEN_MS = 3_600_000;
/** Addresses that are remembered; above, the oldest is forgotten. */
const MAX_ADDRESSES = 1024;

interface Entry {
  leftMs: number;
  filledAtMs: number;
  /** Until when all standstill is paid for: two players of one address hold a room up once. */
  chargedToMs: number;
  bans: number;
  mayPlayAtMs: number;
}

/** How long each address may hold a room up, of one room. Pure: whoever asks says the time. */
export class StallBudgets {
  readonly #entries = new Map<string, Entry>();

  /**
   * The address has held the room up for `ms` until now.
   *
   * @returns Whether that was more than it may. From then on it may not play for a while.
   */
  spend(address: string, ms: number, nowMs: number): boolean {
    const entry = this.#entry(addressGroup(address), nowMs);
    entry.leftMs -= Math.max(0, Math.min(ms, nowMs - entry.chargedToMs));
    entry.chargedToMs = nowMs;
    if (entry.leftMs > 0) {
      return false;
    }
    this.#ban(entry, nowMs);
    return true;
  }

  /** The address has taken a pad and plays on none: nothing of its budget is left. */
  exhaust(address: string, nowMs: number): void {
    this.#ban(this.#entry(addressGroup(address), nowMs), nowMs);
  }

  mayPlay(address: string, nowMs: number): boolean {
    const entry = this.#entries.get(addressGroup(address));
    return entry === undefined || nowMs >= entry.mayPlayAtMs;
  }

  #ban(entry: Entry, nowMs: number): void {
    if (nowMs < entry.mayPlayAtMs) {
      return;
    }
    entry.bans = nowMs - entry.mayPlayAtMs > FORGIVEN_MS ? 1 : entry.bans + 1;
    entry.mayPlayAtMs = nowMs + Math.min(FIRST_BAN_MS * 2 ** (entry.bans - 1), LONGEST_BAN_MS);
    entry.leftMs = PROBATION_MS;
    entry.filledAtMs = entry.mayPlayAtMs;
  }

  #entry(key: string, nowMs: number): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      const sinceMs = Math.max(0, nowMs - known.filledAtMs);
      known.leftMs = Math.min(FULL_MS, known.leftMs + sinceMs * REFILL_PER_MS);
      known.filledAtMs += sinceMs;
      return known;
    }
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size >= MAX_ADDRESSES) {
      this.#entries.delete(oldest);
    }
    const entry = {
      leftMs: FULL_MS,
      filledAtMs: nowMs,
      chargedToMs: -Infinity,
      bans: 0,
      mayPlayAtMs: -Infinity,
    };
    this.#entries.set(key, entry);
    return entry;
  }
}
