import type { Clock, Timer } from "../../shared/index.ts";
import { Account } from "./account.ts";
import { Charges, type RoomAccounts } from "./charges.ts";
import { BUDGETS } from "./limits.ts";

/** How often waiting connections are checked. Each check lets one of them go on, so that they do not all go on at once. */
const CHECK_MS = 2;
/** At most so many are checked each time. */
const MOST_CHECKS = 32;

/** Addresses without a connection whose usage is remembered, so that a client gets no new budget when it connects again. */
const MAX_IDLE_ADDRESSES = 4_096;

interface Waiting {
  readonly charges: Charges;
  readonly sinceMs: number;
  /** @param isOffender - It has exceeded its own limits for too long. */
  readonly goOn: (isOffender: boolean) => void;
}

/** The budgets of the process: the accounts of all addresses, and the connections that wait until they may be read again. */
export class Budget {
  readonly #clock: Clock;
  readonly #process: Account;
  readonly #relay: Account;
  readonly #addresses = new Map<string, { readonly account: Account; connections: number }>();
  /** Of those, the ones without a connection, in the order in which they lost their last one. */
  readonly #idle = new Set<string>();
  readonly #waiting = new Set<Waiting>();
  #check: Timer | undefined;

  /** @param memoryBytes - What all connections together may hold. */
  constructor(clock: Clock, memoryBytes: number) {
    this.#clock = clock;
    this.#process = new Account(BUDGETS.process, memoryBytes);
    this.#relay = new Account(BUDGETS.relay, memoryBytes);
  }

  /** Bytes that are held for all connections now. */
  get heldBytes(): number {
    return this.#process.heldBytes;
  }

  /** Number of addresses that are remembered. */
  get addresses(): number {
    return this.#addresses.size;
  }

  /** A connection of this address; `left` is to be called once when it is gone. */
  connection(addressKey: string): { readonly charges: Charges; readonly left: () => void } {
    const entry = this.#address(addressKey);
    entry.connections++;
    this.#idle.delete(addressKey);
    const charges = new Charges(this.#process, entry.account);
    return {
      charges,
      left: () => {
        charges.release();
        if (--entry.connections === 0) {
          this.#abandon(addressKey, entry.account);
        }
      },
    };
  }

  /** A room of the server's own. */
  ownRoom(): RoomAccounts {
    return { accounts: [this.#room()], everybody: undefined };
  }

  /** A room of this owner, whose address pays for all that happens in it. */
  relayedRoom(ownerKey: string): RoomAccounts {
    return { accounts: [this.#room(), this.#address(ownerKey).account], everybody: this.#relay };
  }

  /** Calls back when the connection of these charges may be read again. */
  whenReady(charges: Charges, goOn: Waiting["goOn"]): { cancel(): void } {
    const waiting = { charges, goOn, sinceMs: this.#clock.now() };
    this.#waiting.add(waiting);
    this.#check ??= this.#clock.after(CHECK_MS, () => {
      this.#letOneGoOn();
    });
    return {
      cancel: () => {
        this.#waiting.delete(waiting);
        this.#restIfNobodyWaits();
      },
    };
  }

  #room(): Account {
    return new Account(BUDGETS.room, this.#process.memoryBytes);
  }

  #address(key: string): { readonly account: Account; connections: number } {
    const known = this.#addresses.get(key);
    if (known !== undefined) {
      return known;
    }
    const entry = { account: new Account(BUDGETS.address, this.#process.memoryBytes), connections: 0 };
    this.#addresses.set(key, entry);
    return entry;
  }

  #abandon(key: string, account: Account): void {
    if (account.isIdle(this.#clock.now())) {
      this.#addresses.delete(key);
      return;
    }
    this.#idle.add(key);
    const [oldest] = this.#idle;
    if (this.#idle.size > MAX_IDLE_ADDRESSES && oldest !== undefined) {
      this.#idle.delete(oldest);
      this.#addresses.delete(oldest);
    }
  }

  #letOneGoOn(): void {
    this.#check = undefined;
    const nowMs = this.#clock.now();
    let checks = Math.min(MOST_CHECKS, this.#waiting.size);
    for (const waiting of this.#waiting) {
      this.#waiting.delete(waiting);
      const { charges, sinceMs, goOn } = waiting;
      if (charges.waitMs(nowMs) === 0) {
        goOn(charges.wasHeldBack(nowMs - sinceMs, nowMs));
        break;
      }
      // It goes to the end of the queue.
      this.#waiting.add(waiting);
      if (--checks === 0) {
        break;
      }
    }
    if (this.#waiting.size > 0) {
      this.#check ??= this.#clock.after(CHECK_MS, () => {
        this.#letOneGoOn();
      });
    }
  }

  #restIfNobodyWaits(): void {
    if (this.#waiting.size === 0) {
      this.#check?.cancel();
      this.#check = undefined;
    }
  }
}
