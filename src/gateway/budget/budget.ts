import type { Clock, Timer } from "../../shared/index.ts";
import { Account } from "./account.ts";
import { Charges, type RoomAccounts } from "./charges.ts";
import { BUDGETS } from "./limits.ts";

/** How often those who were held back are looked at. Each time one of them goes on, so that they do not all at once. */
const LOOK_MS = 2;
const LOOKS_AT = 32;

/** Addresses without a connection that are kept in mind: closing and coming back is no way to a new budget. */
const MAX_IDLE_ADDRESSES = 4_096;

interface Waiting {
  readonly charges: Charges;
  readonly sinceMs: number;
  /** @param isOffender - It was held back too often for its own doings. */
  readonly goOn: (isOffender: boolean) => void;
}

/** The budgets of the process: who may hold how much, and who is held back until when. */
export class Budget {
  readonly #clock: Clock;
  readonly #process: Account;
  readonly #relay: Account;
  readonly #addresses = new Map<string, { readonly account: Account; connections: number }>();
  /** Of those, the ones without a connection, in the order in which they lost their last one. */
  readonly #idle = new Set<string>();
  readonly #waiting = new Set<Waiting>();
  #look: Timer | undefined;

  /** @param memoryBytes - What all connections together may hold. */
  constructor(clock: Clock, memoryBytes: number) {
    this.#clock = clock;
    this.#process = new Account(BUDGETS.process, memoryBytes);
    this.#relay = new Account(BUDGETS.relay, memoryBytes);
  }

  /** What is held for all connections now. */
  get heldBytes(): number {
    return this.#process.heldBytes;
  }

  /** Addresses that are kept in mind. */
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

  /** Calls back when these charges may go on. */
  whenReady(charges: Charges, goOn: Waiting["goOn"]): { cancel(): void } {
    const waiting = { charges, goOn, sinceMs: this.#clock.now() };
    this.#waiting.add(waiting);
    this.#look ??= this.#clock.after(LOOK_MS, () => {
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
    this.#look = undefined;
    const nowMs = this.#clock.now();
    let looks = Math.min(LOOKS_AT, this.#waiting.size);
    for (const waiting of this.#waiting) {
      this.#waiting.delete(waiting);
      const { charges, sinceMs, goOn } = waiting;
      if (charges.waitMs(nowMs) === 0) {
        goOn(charges.wasHeldBack(nowMs - sinceMs, nowMs));
        break;
      }
      // Behind all others: its turn comes again.
      this.#waiting.add(waiting);
      if (--looks === 0) {
        break;
      }
    }
    if (this.#waiting.size > 0) {
      this.#look ??= this.#clock.after(LOOK_MS, () => {
        this.#letOneGoOn();
      });
    }
  }

  #restIfNobodyWaits(): void {
    if (this.#waiting.size === 0) {
      this.#look?.cancel();
      this.#look = undefined;
    }
  }
}
