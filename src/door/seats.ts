import type { Clock, Timer } from "../shared/index.ts";
import { addressKey } from "./address.ts";
import type { LeaveReason, RosterEntry } from "./door-event.ts";
import type { Seat } from "./seat.ts";
import { watchSilence } from "./silence.ts";

/** The seats of a room, in order of arrival, and the addresses that were kicked out of it. */
export class Seats {
  readonly #taken = new Set<Seat>();
  readonly #kicked = new Set<string>();
  /** Runs while there are clients in the game, if they are watched. */
  #silence: Timer | undefined;

  get size(): number {
    return this.#taken.size;
  }

  add(seat: Seat): void {
    this.#taken.add(seat);
  }

  delete(seat: Seat): void {
    this.#taken.delete(seat);
    if (this.#heardAtMs === undefined) {
      this.#silence?.cancel();
      this.#silence = undefined;
    }
  }

  /**
   * Ends all clients when none of them has said anything for so long. Who watches players with protocol 5 may be silent for
   * hours; alone it does not keep a room.
   */
  watchSilence(clock: Clock, silentMs: number): void {
    this.#silence ??= watchSilence(
      clock,
      silentMs,
      () => this.#heardAtMs ?? 0,
      () => {
        this.end("silent", ({ entry }) => entry !== undefined);
      },
    );
  }

  /** When one of the clients in the game has said something last; undefined without any. */
  get #heardAtMs(): number | undefined {
    const heard = [...this.#taken].flatMap((seat) => (seat.entry === undefined ? [] : seat.heardAtMs));
    return heard.length === 0 ? undefined : Math.max(...heard);
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
