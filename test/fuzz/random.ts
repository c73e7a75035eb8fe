/** Random numbers that are the same for the same seed, on every machine. */
export class Random {
  readonly #seed: number;
  #state: number;

  constructor(seed: number) {
    this.#seed = mix(seed >>> 0);
    this.#state = this.#seed;
  }

  /** A separate source for one part: its numbers do not depend on how many the other parts have used. */
  fork(part: number): Random {
    return new Random(mix(this.#seed ^ mix(part + 1)));
  }

  u32(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    return mix(this.#state);
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + (this.u32() % (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.u32() < probability * 0x1_0000_0000;
  }

  pick<T>(items: readonly T[]): T {
    return this.weighted(items.map((item) => [1, item]));
  }

  /** One of the items; an item with twice the weight is chosen twice as often. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    const total = items.reduce((sum, [weight]) => sum + weight, 0);
    let left = (this.u32() / 0x1_0000_0000) * total;
    for (const [weight, item] of items) {
      left -= weight;
      if (left < 0) {
        return item;
      }
    }
    throw new RangeError("nothing to choose from");
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.u32() & 0xff));
  }

  list<T>(count: number, make: (index: number) => T): T[] {
    return Array.from({ length: count }, (_, index) => make(index));
  }
}

/** Mixes 32 bits, so that each input bit changes all output bits (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
