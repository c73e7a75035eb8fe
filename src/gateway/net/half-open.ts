import { addressGroup } from "../../shared/index.ts";
import type { LeaveReason } from "../gateway-event.ts";
import type { MessageReader } from "./message-reader.ts";

/**
 * Connections that have not said who they are. When there are too many, the oldest is evicted: a player has said all that is
 * needed within a round trip, and a silent crowd must not keep players out until its deadline.
 */
export class HalfOpenList<T> {
  readonly #perRoom: number;
  readonly #perAddress: number;
  /** Each with its address group, in order of arrival. */
  readonly #members = new Map<T, string>();
  readonly #ofAddress = new Map<string, Set<T>>();

  constructor(perRoom: number, perAddress: number) {
    this.#perRoom = perRoom;
    this.#perAddress = perAddress;
  }

  /** @returns The member that is evicted, if any; it has left the list. */
  add(member: T, addressGroup: string): T | undefined {
    const evicted = this.#findEvicted(addressGroup);
    if (evicted !== undefined) {
      this.delete(evicted);
    }
    this.#members.set(member, addressGroup);
    const neighbours = this.#ofAddress.get(addressGroup) ?? new Set();
    this.#ofAddress.set(addressGroup, neighbours.add(member));
    return evicted;
  }

  delete(member: T): void {
    const group = this.#members.get(member);
    if (group === undefined) {
      return;
    }
    this.#members.delete(member);
    const neighbours = this.#ofAddress.get(group);
    neighbours?.delete(member);
    if (neighbours?.size === 0) {
      this.#ofAddress.delete(group);
    }
  }

  members(): T[] {
    return [...this.#members.keys()];
  }

  #findEvicted(addressGroup: string): T | undefined {
    const neighbours = this.#ofAddress.get(addressGroup);
    if (neighbours !== undefined && neighbours.size >= this.#perAddress) {
      return firstOf(neighbours);
    }
    return this.#members.size >= this.#perRoom ? firstOf(this.#members.keys()) : undefined;
  }
}

/** O(1), because each connection of a crowd calls it. */
function firstOf<T>(members: Iterable<T>): T | undefined {
  for (const member of members) {
    return member;
  }
  return undefined;
}

/** A half-open list that closes evicted connections, and from which closed ones disappear. */
export class HalfOpenConnections {
  readonly #list: HalfOpenList<MessageReader>;

  constructor(perRoom: number, perAddress: number) {
    this.#list = new HalfOpenList(perRoom, perAddress);
  }

  add(reader: MessageReader): void {
    const { connection } = reader;
    this.#list.add(reader, addressGroup(connection.address))?.destroy("evicted");
    void connection.gone.then(() => {
      this.#list.delete(reader);
    });
  }

  delete(reader: MessageReader): void {
    this.#list.delete(reader);
  }

  close(reason: LeaveReason): void {
    this.#list.members().forEach((reader) => {
      reader.destroy(reason);
    });
  }
}
