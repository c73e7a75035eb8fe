import { FlowMeter } from "./flow-meter.ts";
import type { AccountLimits, Flow } from "./limits.ts";

/** Who holds memory, and can be made to give it back. */
export interface Holder {
  readonly heldBytes: number;
  /** How long it will take, by what its peer has taken so far, until nothing is held. */
  drainMs(nowMs: number): number;
  /** Gives all of it back at once. */
  evict(): void;
}

/** What a connection, an address, a room or the whole process has taken, and what it may take. */
export class Account {
  readonly memoryBytes: number;
  readonly #meters: Readonly<Record<Flow, FlowMeter>>;
  readonly #all: readonly FlowMeter[];
  readonly #holders = new Set<Holder>();
  #heldBytes = 0;

  constructor({ memoryShare, flows }: AccountLimits, processBytes: number) {
    this.memoryBytes = memoryShare * processBytes;
    this.#meters = {
      bytes: new FlowMeter(flows.bytes),
      messages: new FlowMeter(flows.messages),
      inflatedBytes: new FlowMeter(flows.inflatedBytes),
      workMs: new FlowMeter(flows.workMs),
    };
    this.#all = Object.values(this.#meters);
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  take(flow: Flow, amount: number, nowMs: number): void {
    this.#meters[flow].take(amount, nowMs);
  }

  /** How long until one may go on; 0: one may. */
  waitMs(nowMs: number): number {
    let waitMs = 0;
    for (const meter of this.#all) {
      const each = meter.waitMs(nowMs);
      waitMs = each > waitMs ? each : waitMs;
    }
    return waitMs;
  }

  /** The same for one flow alone. */
  waitMsFor(flow: Flow, nowMs: number): number {
    return this.#meters[flow].waitMs(nowMs);
  }

  isIdle(nowMs: number): boolean {
    return this.#heldBytes === 0 && this.#all.every((meter) => meter.isIdle(nowMs));
  }

  /** @param change - How much more, or less, this holder holds now. */
  hold(holder: Holder, change: number): void {
    this.#heldBytes += change;
    if (holder.heldBytes > 0) {
      this.#holders.add(holder);
    } else {
      this.#holders.delete(holder);
    }
  }

  /** Makes the slowest readers give back what they hold until the rest fits. */
  enforce(nowMs: number): void {
    while (this.#heldBytes > this.memoryBytes) {
      const slowest = this.#slowest(nowMs);
      if (slowest === undefined) {
        return;
      }
      slowest.evict();
    }
  }

  #slowest(nowMs: number): Holder | undefined {
    let slowest: Holder | undefined;
    let longestMs = -1;
    for (const holder of this.#holders) {
      const drainMs = holder.drainMs(nowMs);
      if (drainMs > longestMs) {
        slowest = holder;
        longestMs = drainMs;
      }
    }
    return slowest;
  }
}
