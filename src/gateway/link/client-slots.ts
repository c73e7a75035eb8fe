import { addressGroup, type Clock, type Timer } from "../../shared/index.ts";
import type { LeaveReason, RosterEntry } from "../gateway-event.ts";
import type { GatewayLimits } from "../limits.ts";
import type { ClientSlot } from "./client-slot.ts";
import { watchSilence } from "./silence.ts";

type SlotLimits = Pick<GatewayLimits, "clientsPerAddress" | "onTheWayMs">;

interface SlotRules extends SlotLimits {
  readonly maxClients: number;
  /** Whether a handshake of this address has come to nothing lately: it gives way at once to one of whom that is not so. */
  readonly hasFailed: (address: string) => boolean;
}

type SlotFacts = Pick<ClientSlot, "address" | "entry" | "sinceMs">;

/** Whether a newcomer gets a slot, and who has to go for it. Whoever is in the game never gives way. */
function findSlot<T extends SlotFacts>(
  taken: readonly T[],
  address: string,
  nowMs: number,
  { maxClients, clientsPerAddress, onTheWayMs, hasFailed }: SlotRules,
): { readonly givesWay: T | undefined } | undefined {
  const group = addressGroup(address);
  const own = taken.filter((slot) => addressGroup(slot.address) === group);
  if (own.length >= clientsPerAddress) {
    return undefined;
  }
  if (taken.length < maxClients) {
    return { givesWay: undefined };
  }
  const onTheWay = taken.filter(({ entry }) => entry === undefined);
  const counts = new Map<string, number>();
  for (const slot of onTheWay) {
    const key = addressGroup(slot.address);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const most = Math.max(0, ...counts.values());
  const failed = hasFailed(address) ? undefined : onTheWay.find((slot) => hasFailed(slot.address));
  const givesWay =
    failed ??
    onTheWay.find(
      (slot) => counts.get(addressGroup(slot.address)) === most && nowMs - slot.sinceMs >= onTheWayMs,
    );
  return givesWay === undefined ? undefined : { givesWay };
}

/** The slots of a room, in order of arrival, and the addresses that were kicked out of it. */
export class ClientSlots {
  readonly #limits: SlotRules;
  readonly #taken = new Set<ClientSlot>();
  /** Clients that are gone, but which their host is still to take for connected. */
  readonly #leaving = new Set<ClientSlot>();
  readonly #kicked = new Set<string>();
  /** Runs while there are clients in the game, if they are watched. */
  #silence: Timer | undefined;

  constructor(
    maxClients: number,
    { clientsPerAddress, onTheWayMs }: SlotLimits,
    hasFailed: SlotRules["hasFailed"],
  ) {
    this.#limits = { maxClients, clientsPerAddress, onTheWayMs, hasFailed };
  }

  add(slot: ClientSlot): void {
    this.#taken.add(slot);
  }

  delete(slot: ClientSlot): void {
    this.#taken.delete(slot);
    if (slot.isLeavingPlay) {
      this.#leaving.add(slot);
    }
    if (this.#heardAtMs === undefined) {
      this.#silence?.cancel();
      this.#silence = undefined;
    }
  }

  /** The host has noticed that the client is gone. */
  left(slot: ClientSlot): void {
    this.#leaving.delete(slot);
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
    const heard = [...this.#taken].flatMap((slot) => (slot.entry === undefined ? [] : slot.heardAtMs));
    return heard.length === 0 ? undefined : Math.max(...heard);
  }

  /** Why somebody from this address would get no slot now. */
  objection(address: string, nowMs: number): "denied" | "full" | undefined {
    if (this.isKicked(address)) {
      return "denied";
    }
    return this.#find(address, nowMs) === undefined ? "full" : undefined;
  }

  /** Ends whoever has to go for a newcomer from this address; false when there is no slot for them. */
  makeRoomFor(address: string, nowMs: number): boolean {
    const found = this.#find(address, nowMs);
    found?.givesWay?.end("evicted");
    return found !== undefined;
  }

  #find(address: string, nowMs: number): ReturnType<typeof findSlot<ClientSlot>> {
    const group = addressGroup(address);
    const own = [...this.#leaving].filter((slot) => addressGroup(slot.address) === group);
    return findSlot([...this.#taken], address, nowMs, {
      ...this.#limits,
      maxClients: this.#limits.maxClients - this.#leaving.size,
      clientsPerAddress: this.#limits.clientsPerAddress - own.length,
    });
  }

  /** The clients that are in the game. */
  roster(): RosterEntry[] {
    return [...this.#taken].flatMap((slot) => slot.entry ?? []);
  }

  /** Ends the clients of this name and remembers their addresses; false when there is none. */
  kick(nick: string): boolean {
    const kicked = [...this.#taken].filter((slot) => slot.entry?.nick === nick);
    kicked.forEach((slot) => {
      this.#kicked.add(addressGroup(slot.address));
      slot.end("kicked");
    });
    return kicked.length > 0;
  }

  isKicked(address: string): boolean {
    return this.#kicked.has(addressGroup(address));
  }

  /** Ends those that `which` holds for; all when it is not given. */
  end(reason: LeaveReason, which: (slot: ClientSlot) => boolean = () => true): void {
    [...this.#taken].filter(which).forEach((slot) => {
      slot.end(reason);
    });
  }
}
