import { addressKey } from "./address.ts";
import type { LeaveReason, RosterEntry } from "./door-event.ts";
import type { Seat } from "./seat.ts";

/** The seats of a room, in order of arrival, and the addresses that were kicked out of it. */
export class Seats {
  readonly #taken = new Set<Seat>();
  readonly #kicked = new Set<string>();

  get size(): number {
    return this.#taken.size;
  }

  add(seat: Seat): void {
    this.#taken.add(seat);
  }

  delete(seat: Seat): void {
    this.#taken.delete(seat);
  }

  /** The clients that are in the game. */
  roster(): RosterEntry[] {
    return [...this.#taken].flatMap((seat) => seat.entry ?? []);
  }

  /** Ends the clients of this name and remembers their addresses; false when there is none. */
  kick(nick: string): boolean {
    const kicked = [...this.#taken].filter((seat) => seat.entry?.nick === nick);
    kicked.forEach((seat) => {
      this.#kicked.add(addressKey(seat.address));
      seat.end("kicked");
    });
    return kicked.length > 0;
  }

  isKicked(address: string): boolean {
    return this.#kicked.has(addressKey(address));
  }

  /** Ends those that `which` holds for; all when it is not given. */
  end(reason: LeaveReason, which: (seat: Seat) => boolean = () => true): void {
    [...this.#taken].filter(which).forEach((seat) => {
      seat.end(reason);
    });
  }
}
