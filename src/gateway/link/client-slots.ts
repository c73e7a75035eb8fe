import type { Info } from "../../netplay/index.ts";
import { addressGroup, type Clock, type Logger, type Timer } from "../../shared/index.ts";
import type { RoomAccounts } from "../budget/index.ts";
import type { LeaveReason, RosterEntry } from "../gateway-event.ts";
import type { FailedHandshakes } from "../handshake/index.ts";
import type { GatewayLimits } from "../limits.ts";
import type { TunnelHost } from "../tunnel/index.ts";
import { ClientSlot, type SlotClient, type SlotRoom } from "./client-slot.ts";
import type { LinkPlan } from "./link.ts";
import { SavestateRequests } from "./savestate-requests.ts";
import { watchSilence } from "./silence.ts";
import { StallBudgets } from "./stall-budgets.ts";

type SlotLimits = Pick<GatewayLimits, "clientsPerAddress" | "onTheWayMs">;

interface SlotRules extends SlotLimits {
  readonly maxClients: number;
  /** Whether a handshake of this address has failed lately: it gives way at once to an address without failures. */
  readonly hasFailed: (address: string) => boolean;
}

type SlotFacts = Pick<ClientSlot, "address" | "entry" | "sinceMs">;

/** Whether a newcomer gets a slot, and which slot has to give way. A client in the game never gives way. */
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

export interface ClientSlotsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: GatewayLimits;
  readonly maxClients: number;
  readonly tunnelHost: TunnelHost;
  /** They pay for what happens in the room. */
  readonly accounts: RoomAccounts;
  readonly failedHandshakes: FailedHandshakes;
  /** When no client has said anything for so long, all of them end; undefined: they may be silent. */
  readonly allSilentMs?: number;
  readonly onInformed: (info: Info) => void;
  readonly onJoined?: (client: RosterEntry, linkMs: number) => void;
  /** A client that had joined. */
  readonly onLeft?: (client: RosterEntry, reason: LeaveReason) => void;
  /** The host has noticed that a client is gone, also one that never joined. */
  readonly onGone?: () => void;
}

/** The slots of a room, in order of arrival, and the addresses that were kicked out of it. */
export class ClientSlots {
  readonly #parts: ClientSlotsParts;
  readonly #room: SlotRoom;
  readonly #taken = new Set<ClientSlot>();
  /** Clients that are gone, and which their host must take for connected a moment longer. */
  readonly #leaving = new Set<ClientSlot>();
  readonly #kicked = new Set<string>();
  /** Runs while clients are in the game. */
  #silence: Timer | undefined;

  constructor(parts: ClientSlotsParts) {
    const { clock, logger, limits, tunnelHost } = parts;
    this.#parts = parts;
    this.#room = {
      clock,
      logger,
      limits,
      tunnelHost,
      stallBudgets: new StallBudgets(),
      savestateRequests: new SavestateRequests(clock),
      events: {
        onInformed: parts.onInformed,
        onJoined: (client, linkMs) => {
          this.#watchSilence();
          parts.onJoined?.(client, linkMs);
        },
        onLeft: (slot, reason) => {
          this.#leave(slot, reason);
        },
        onGone: (slot) => {
          this.#leaving.delete(slot);
          parts.onGone?.();
        },
      },
    };
  }

  /** Gives a client a slot, for which another one may have to give way, and starts it; false: there is none. */
  take(client: SlotClient, plan: LinkPlan): boolean {
    const { connection } = client.reader;
    const found = this.#find(connection.address);
    if (found === undefined) {
      return false;
    }
    found.givesWay?.end("evicted");
    connection.charges?.enter(this.#parts.accounts);
    const slot = new ClientSlot(client, this.#room, plan);
    this.#taken.add(slot);
    client.reader.run(slot.start());
    return true;
  }

  #leave(slot: ClientSlot, reason: LeaveReason): void {
    const { failedHandshakes, onLeft } = this.#parts;
    this.#taken.delete(slot);
    if (slot.isLeavingPlay) {
      this.#leaving.add(slot);
    }
    if (this.#heardAtMs === undefined) {
      this.#silence?.cancel();
      this.#silence = undefined;
    }
    if (slot.entry === undefined) {
      failedHandshakes.ended(slot.address, reason);
    } else {
      onLeft?.(slot.entry, reason);
    }
  }

  /** A spectator of protocol 5 may be silent for hours; it does not keep a room in which nobody speaks. */
  #watchSilence(): void {
    const { clock, allSilentMs } = this.#parts;
    if (allSilentMs !== undefined) {
      this.#silence ??= watchSilence(
        clock,
        allSilentMs,
        () => this.#heardAtMs ?? 0,
        () => {
          this.end("silent", ({ entry }) => entry !== undefined);
        },
      );
    }
  }

  /** When a client in the game has last said something; undefined without clients in the game. */
  get #heardAtMs(): number | undefined {
    const heard = [...this.#taken].flatMap((slot) => (slot.entry === undefined ? [] : slot.heardAtMs));
    return heard.length === 0 ? undefined : Math.max(...heard);
  }

  /** Why a client from this address would get no slot now. */
  objection(address: string): "denied" | "full" | undefined {
    if (this.isKicked(address)) {
      return "denied";
    }
    return this.#find(address) === undefined ? "full" : undefined;
  }

  #find(address: string): ReturnType<typeof findSlot<ClientSlot>> {
    const { clock, limits, maxClients, failedHandshakes } = this.#parts;
    const group = addressGroup(address);
    const own = [...this.#leaving].filter((slot) => addressGroup(slot.address) === group);
    return findSlot([...this.#taken], address, clock.now(), {
      maxClients: maxClients - this.#leaving.size,
      clientsPerAddress: limits.clientsPerAddress - own.length,
      onTheWayMs: limits.onTheWayMs,
      hasFailed: (other) => failedHandshakes.hasFailed(other),
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

  /** Ends the slots for which `which` is true; without it, all. */
  end(reason: LeaveReason, which: (slot: ClientSlot) => boolean = () => true): void {
    [...this.#taken].filter(which).forEach((slot) => {
      slot.end(reason);
    });
  }
}
