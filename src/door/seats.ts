import { addressGroup, type Clock, type Timer } from "../shared/index.ts";
import type { LeaveReason, RosterEntry } from "./door-event.ts";
import type { DoorLimits } from "./limits.ts";
import type { Seat } from "./seat.ts";
import { watchSilence } from "./silence.ts";

type SeatLimits = Pick<DoorLimits, "clientsPerAddress" | "onTheWayMs">;

type SeatFacts = Pick<Seat, "address" | "entry" | "sinceMs">;

/** Whether a newcomer gets a seat, and who has to go for it. Whoever is in the game never gives way. */
function findSeat<T extends SeatFacts>(
  taken: readonly T[],
  address: string,
  nowMs: number,
  { maxClients, clientsPerAddress, onTheWayMs }: SeatLimits & { readonly maxClients: number },
): { readonly givesWay: T | undefined } | undefined {
  const group = addressGroup(address);
  const own = taken.filter((seat) => addressGroup(seat.address) === group);
  if (own.length >= clientsPerAddress) {
    return undefined;
  }
  if (taken.length < maxClients) {
    return { givesWay: undefined };
  }
  const onTheWay = taken.filter(({ entry }) => entry === undefined);
  const counts = new Map<string, number>();
  for (const seat of onTheWay) {
    const key = addressGroup(seat.address);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const most = Math.max(0, ...counts.values());
  const givesWay = onTheWay.find(
    (seat) => counts.get(addressGroup(seat.address)) === most && nowMs - seat.sinceMs >= onTheWayMs,
  );
  return givesWay === undefined ? undefined : { givesWay };
}

/** The seats of a room, in order of arrival, and the addresses that were kicked out of it. */
export class Seats {
  readonly #limits: SeatLimits & { readonly maxClients: number };
  readonly #taken = new Set<Seat>();
  /** Clients that are gone, but which their host is still to take for connected. */
  readonly #leaving = new Set<Seat>();
  readonly #kicked = new Set<string>();
  /** Runs while there are clients in the game, if they are watched. */
  #silence: Timer | undefined;

  constructor(maxClients: number, { clientsPerAddress, onTheWayMs }: SeatLimits) {
    this.#limits = { maxClients, clientsPerAddress, onTheWayMs };
  }

  add(seat: Seat): void {
    this.#taken.add(seat);
  }

  delete(seat: Seat): void {
    this.#taken.delete(seat);
    if (seat.isLeavingPlay) {
      this.#leaving.add(seat);
    }
    if (this.#heardAtMs === undefined) {
      this.#silence?.cancel();
      this.#silence = undefined;
    }
  }

  /** The host has noticed that the client is gone. */
  left(seat: Seat): void {
    this.#leaving.delete(seat);
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

  /** Why somebody from this address would get no seat now. */
  objection(address: string, nowMs: number): "denied" | "full" | undefined {
    if (this.isKicked(address)) {
      return "denied";
    }
    return this.#find(address, nowMs) === undefined ? "full" : undefined;
  }

  /** Ends whoever has to go for a newcomer from this address; false when there is no seat for them. */
  makeRoomFor(address: string, nowMs: number): boolean {
    const found = this.#find(address, nowMs);
    found?.givesWay?.end("crowded-out");
    return found !== undefined;
  }

  #find(address: string, nowMs: number): ReturnType<typeof findSeat<Seat>> {
    const group = addressGroup(address);
    const own = [...this.#leaving].filter((seat) => addressGroup(seat.address) === group);
    return findSeat([...this.#taken], address, nowMs, {
      ...this.#limits,
      maxClients: this.#limits.maxClients - this.#leaving.size,
      clientsPerAddress: this.#limits.clientsPerAddress - own.length,
    });
  }

  /** The clients that are in the game. */
  roster(): RosterEntry[] {
    return [...this.#taken].flatMap((seat) => seat.entry ?? []);
  }

  /** Ends the clients of this name and remembers their addresses; false when there is none. */
  kick(nick: string): boolean {
    const kicked = [...this.#taken].filter((seat) => seat.entry?.nick === nick);
    kicked.forEach((seat) => {
      this.#kicked.add(addressGroup(seat.address));
      seat.end("kicked");
    });
    return kicked.length > 0;
  }

  isKicked(address: string): boolean {
    return this.#kicked.has(addressGroup(address));
  }

  /** Ends those that `which` holds for; all when it is not given. */
  end(reason: LeaveReason, which: (seat: Seat) => boolean = () => true): void {
    [...this.#taken].filter(which).forEach((seat) => {
      seat.end(reason);
    });
  }
}
