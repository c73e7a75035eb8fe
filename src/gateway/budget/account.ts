import { FlowMeter } from "./flow-meter.ts";
import type { AccountLimits, Flow } from "./limits.ts";

/** A connection for which memory is held, and which can be evicted. */
export interface Holder {
  readonly heldBytes: number;
  /** Estimated milliseconds until its peer has read all that is held, at the rate at which it has read so far. */
  drainMs(nowMs: number): number;
  /** Frees all of it at once. */
  evict(): void;
}

/** Usage and limits of one connection, address or room, or of the whole process. */
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

  /** Milliseconds until all flows are within their limits; 0: they are. */
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

  /** @param change - By how many bytes `heldBytes` of this holder has changed. */
  hold(holder: Holder, change: number): void {
    this.#heldBytes += change;
    if (holder.heldBytes > 0) {
      this.#holders.add(holder);
    } else {
      this.#holders.delete(holder);
    }
  }

  /** Evicts the slowest readers until the rest is within the limit of memory. */
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
