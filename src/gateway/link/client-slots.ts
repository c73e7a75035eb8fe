import type { Info } from "../../netplay/index.ts";
import { addressGroup } from "../../shared/index.ts";
import type { RoomAccounts } from "../budget/index.ts";
import type { LeaveReason, RoomEvent, RosterEntry } from "../gateway-event.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { TunnelHost } from "../tunnel/index.ts";
import type { SlotClient } from "./client-record.ts";
import { ClientSlot, type SlotRoom } from "./client-slot.ts";
import { findSlot } from "./find-slot.ts";
import type { LinkPlan } from "./link.ts";
import { SavestateRequests } from "./savestate-requests.ts";
import { SharedSilence } from "./silence.ts";
import { StallBudgets } from "./stall-budgets.ts";

export interface ClientSlotsParts extends Omit<GatewayContext, "budget" | "protocolHigh"> {
  readonly maxClients: number;
  readonly tunnelHost: TunnelHost;
  /** They pay for what happens in the room. */
  readonly accounts: RoomAccounts;
  /** When no client has said anything for so long, all of them end; undefined: they may be silent. */
  readonly allSilentMs?: number;
  readonly onInformed: (info: Info) => void;
  /** Told of clients that join and leave. */
  readonly emit?: (event: RoomEvent) => void;
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
  readonly #silence: SharedSilence | undefined;

  constructor(parts: ClientSlotsParts) {
    const { clock, allSilentMs } = parts;
    this.#parts = parts;
    if (allSilentMs !== undefined) {
      this.#silence = new SharedSilence(clock, allSilentMs, this.#taken, () => {
        this.end("silent", ({ entry }) => entry !== undefined);
      });
    }
    this.#room = {
      ...parts,
      stallBudgets: new StallBudgets(),
      savestateRequests: new SavestateRequests(clock),
      events: {
        onInformed: parts.onInformed,
        onJoined: (client, linkMs) => {
          this.#silence?.joined();
          parts.emit?.({ type: "joined", client, linkMs });
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
    const { failedHandshakes, emit } = this.#parts;
    this.#taken.delete(slot);
    if (slot.isLeavingPlay) {
      this.#leaving.add(slot);
    }
    this.#silence?.left();
    if (slot.entry === undefined) {
      failedHandshakes.ended(slot.address, reason);
    } else {
      emit?.({ type: "left", client: slot.entry, reason });
    }
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
