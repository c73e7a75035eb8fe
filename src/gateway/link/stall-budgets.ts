import { addressGroup } from "../../shared/index.ts";

/** Standstill that an address may cause at once: as long as a host itself waits for a player. */
const FULL_MS = 6_000;
/** Refilled by two seconds a minute. */
const REFILL_PER_MS = 1 / 30;
/** Standstill that it may cause after a ban. */
const PROBATION_MS = 2_000;
/** How long an address may only watch, the first time; each further ban takes twice as long. */
const FIRST_BAN_MS = 60_000;
const LONGEST_BAN_MS = 3_600_000;
/** So long after a ban, the next one counts as the first. */
const FORGIVEN_MS = 3_600_000;
/** Addresses that are remembered; above, the oldest is forgotten. */
const MAX_ADDRESSES = 1024;

interface Entry {
  leftMs: number;
  filledAtMs: number;
  /** Standstill is charged up to this time, so that two players of one address do not pay for it twice. */
  chargedToMs: number;
  bans: number;
  mayPlayAtMs: number;
}

/** How long each address may hold one room up. Pure: the caller says the time. */
export class StallBudgets {
  readonly #entries = new Map<string, Entry>();

  /**
   * The address has held the room up for `ms` until now.
   *
   * @returns Whether its budget is spent. From then on it may only watch for a while.
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

  /** The address has taken a pad and sends no input: its budget is spent at once. */
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
