import { addressGroup } from "../../shared/index.ts";
import type { LeaveReason } from "../gateway-event.ts";
import type { MessageReader } from "./message-reader.ts";

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
  /** The same of each address. */
  readonly #ofAddress = new Map<string, Set<T>>();

  constructor(perRoom: number, perAddress: number) {
    this.#perRoom = perRoom;
    this.#perAddress = perAddress;
  }

  /** Returns the member that has to go, if one has; it is off the list already. */
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

/** Without a look at the others: a crowd calls this for each connection. */
function firstOf<T>(members: Iterable<T>): T | undefined {
  for (const member of members) {
    return member;
  }
  return undefined;
}

/** The same of connections: one that has to make room is closed, and one that is gone leaves the list. */
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
