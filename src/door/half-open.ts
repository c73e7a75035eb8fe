/**
 * Connections that have not shown who they are. When there are too many, the oldest makes room: a player says all that
 * is needed within a round trip, while a silent crowd that fills the list would otherwise keep everybody out until its
 * deadline.
 */
export class HalfOpenList<T> {
  readonly #perRoom: number;
  readonly #perAddress: number;
  /** In order of arrival. */
  readonly #members = new Map<T, string>();
  readonly #counts = new Map<string, number>();

  constructor(perRoom: number, perAddress: number) {
    this.#perRoom = perRoom;
    this.#perAddress = perAddress;
  }

  /** Returns the member that has to go, if one has; it is off the list already. */
  add(member: T, addressKey: string): T | undefined {
    const crowdedOut = this.#findCrowdedOut(addressKey);
    if (crowdedOut !== undefined) {
      this.delete(crowdedOut);
    }
    this.#members.set(member, addressKey);
    this.#counts.set(addressKey, (this.#counts.get(addressKey) ?? 0) + 1);
    return crowdedOut;
  }

  delete(member: T): void {
    const key = this.#members.get(member);
    if (key === undefined) {
      return;
    }
    this.#members.delete(member);
    const left = (this.#counts.get(key) ?? 0) - 1;
    if (left > 0) {
      this.#counts.set(key, left);
    } else {
      this.#counts.delete(key);
    }
  }

  members(): T[] {
    return [...this.#members.keys()];
  }

  #findCrowdedOut(addressKey: string): T | undefined {
    if ((this.#counts.get(addressKey) ?? 0) >= this.#perAddress) {
      return [...this.#members].find(([, key]) => key === addressKey)?.[0];
    }
    return this.#members.size >= this.#perRoom ? this.members()[0] : undefined;
  }
}
