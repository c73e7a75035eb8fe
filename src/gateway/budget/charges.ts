import { Account, type Holder } from "./account.ts";
import { FlowMeter } from "./flow-meter.ts";
import { ASSURED_WORK, BUDGETS, type Flow } from "./limits.ts";

/** A peer is assumed to read at least so many bytes in its first second. */
const EXPECTED_BYTES = 256 * 1024;

/** One piece of work counts for at most so long. Pieces are cut to about 1 ms; in a longer time, another process had the CPU. */
const LONGEST_WORK_MS = 4;

/** How long a connection may be over its own limits: half of the time, and 20 s at once. */
const OFFENCE_MS = { perSecond: 500, burst: 20_000 };

/** The usage of one connection. It also counts for its address, its room and the process. */
export class Charges implements Holder {
  readonly #own: Account;
  readonly #process: Account;
  readonly #assured = new FlowMeter(ASSURED_WORK);
  readonly #offence = new FlowMeter(OFFENCE_MS);
  /** Its own, its address's, its room's. */
  #accounts: Account[];
  #everybody: Account | undefined;
  #evict: () => void = () => undefined;
  #heldBytes = 0;
  #backlog = { atMs: 0, takenBytes: 0 };
  #takenBytes = 0;

  constructor(process: Account, address: Account) {
    this.#process = process;
    this.#own = new Account(BUDGETS.connection, process.memoryBytes);
    this.#accounts = [this.#own, address];
  }

  /** From now on the usage also counts for these accounts. */
  enter({ accounts, everybody }: RoomAccounts): void {
    const held = this.#heldBytes;
    const added = accounts.filter((account) => !this.#accounts.includes(account));
    added.forEach((account) => {
      account.hold(this, held);
    });
    this.#accounts = [...this.#accounts, ...added];
    if (this.#everybody === undefined && everybody !== undefined) {
      everybody.hold(this, held);
      this.#everybody = everybody;
    }
  }

  take(flow: Flow, amount: number, nowMs: number): void {
    for (const account of this.#accounts) {
      account.take(flow, amount, nowMs);
    }
    this.#everybody?.take(flow, amount, nowMs);
    this.#process.take(flow, amount, nowMs);
  }

  /** A piece of work has taken `ms` of the event loop. */
  worked(ms: number, nowMs: number): void {
    const counted = ms < LONGEST_WORK_MS ? ms : LONGEST_WORK_MS;
    this.#assured.take(counted, nowMs);
    this.take("workMs", counted, nowMs);
  }

  /** Milliseconds for which it must not be read from; 0: it may be. */
  waitMs(nowMs: number): number {
    let waitMs = 0;
    for (const account of this.#accounts) {
      const each = account.waitMs(nowMs);
      waitMs = each > waitMs ? each : waitMs;
    }
    if (this.#assured.waitMs(nowMs) === 0) {
      return waitMs;
    }
    return Math.max(waitMs, this.#everybody?.waitMs(nowMs) ?? 0, this.#process.waitMs(nowMs));
  }

  /** Milliseconds for which nothing more may be inflated for it. */
  inflateWaitMs(nowMs: number): number {
    return Math.max(
      this.#process.waitMsFor("inflatedBytes", nowMs),
      ...this.#accounts.map((account) => account.waitMsFor("inflatedBytes", nowMs)),
    );
  }

  /**
   * It was held back for `ms`.
   *
   * @returns Whether it was over its own limits for too long, so that it has to be closed.
   */
  wasHeldBack(ms: number, nowMs: number): boolean {
    if (this.#own.waitMs(nowMs - ms) > 0) {
      this.#offence.take(ms, nowMs);
    }
    return this.#offence.waitMs(nowMs) > 0;
  }

  /** Bytes that may still be held for it until a connection is evicted. */
  get freeBytes(): number {
    const free = (account: Account): number => account.memoryBytes - account.heldBytes;
    return Math.max(0, Math.min(free(this.#everybody ?? this.#process), ...this.#accounts.map(free)));
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Sets what is called when all that is held has to be freed at once. */
  onEvicted(evict: () => void): void {
    this.#evict = evict;
  }

  /**
   * @param bytes - Held for it now, in all.
   * @param takenBytes - Read by its peer so far, in all.
   */
  holds(bytes: number, takenBytes: number, nowMs: number): void {
    this.#takenBytes = takenBytes;
    const change = bytes - this.#heldBytes;
    if (change === 0) {
      return;
    }
    if (this.#heldBytes === 0) {
      this.#backlog = { atMs: nowMs, takenBytes };
    }
    this.#heldBytes = bytes;
    const shared = this.#everybody === undefined ? [this.#process] : [this.#everybody, this.#process];
    const all = [...this.#accounts, ...shared];
    all.forEach((account) => {
      account.hold(this, change);
    });
    if (change > 0) {
      all.forEach((account) => {
        account.enforce(nowMs);
      });
    }
  }

  drainMs(nowMs: number): number {
    const takenBytes = this.#takenBytes - this.#backlog.takenBytes + EXPECTED_BYTES;
    return (this.#heldBytes * Math.max(1_000, nowMs - this.#backlog.atMs)) / takenBytes;
  }

  evict(): void {
    this.release();
    this.#evict();
  }

  /** Nothing is held for it any more. */
  release(): void {
    this.holds(0, this.#takenBytes, 0);
  }
}

/** For which accounts the connections of a room count. */
export interface RoomAccounts {
  readonly accounts: readonly Account[];
  /** The account that all relayed rooms share; undefined for a room of the server. */
  readonly everybody: Account | undefined;
}
