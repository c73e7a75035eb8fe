import type { Clock } from "../../shared/index.ts";
import type { CommandFilter, FilterResult } from "./command-filter.ts";
import type { HostHandshakeResult } from "../handshake/index.ts";
import { HostObserver, type HostFault, type Observed } from "./host-observer.ts";
import type { LinkEvents } from "./link-events.ts";
import type { StallBudgets } from "./stall-budgets.ts";
import { StallWatch } from "./stall-watch.ts";

export interface ConversationParts {
  readonly clock: Clock;
  /** Judges the client. */
  readonly filter: CommandFilter;
  /** Of the room. */
  readonly stallBudgets: StallBudgets;
  /** What no stock host sends is a fault. */
  readonly hostIsStranger: boolean;
  /** The client's. */
  readonly address: string;
  readonly events: LinkEvents;
}

/** What a client and its host say to each other, read along: who plays, who waits for whom, and what may pass. */
export class Conversation {
  readonly #parts: ConversationParts;
  readonly #observer: HostObserver;
  readonly #stalls: StallWatch;
  #pingSentAtMs: number | undefined;

  constructor(parts: ConversationParts) {
    const { clock, stallBudgets: budgets, hostIsStranger, address, events } = parts;
    this.#parts = parts;
    this.#observer = new HostObserver(hostIsStranger);
    const onExhausted = (): void => {
      events.failed("stalling");
    };
    this.#stalls = new StallWatch({ clock, budgets, address, onExhausted });
  }

  /** Whether another command may stand here in the host's stream. */
  get isBetweenHostsCommands(): boolean {
    return this.#observer.isBetweenCommands;
  }

  /** Whether the host has yet to tell the others that the client no longer plays, for which it must seem to be there. */
  get isLeavingPlay(): boolean {
    return this.#parts.filter.isLeavingPlay;
  }

  /** How many commands of the host have begun so far. */
  get hostCommands(): number {
    return this.#observer.commands;
  }

  /** The host's header has come. */
  hostIdentified({
    protocol,
    implementation,
  }: Pick<HostHandshakeResult, "protocol" | "implementation">): void {
    this.#observer.hostIdentified(protocol);
    this.#parts.filter.hear({ type: "host-identified", protocol, implementation });
  }

  /** Behind its header. With a fault nothing of it is to be passed on. */
  hostSaid(chunk: Buffer): HostFault | undefined {
    const heard = this.#observer.push(chunk);
    if (this.#observer.fault === undefined) {
      this.#stalls.sent(chunk.length);
      heard.forEach((observed) => {
        this.#parts.filter.hear(observed);
        this.#stalls.heard(observed);
        this.#tell(observed);
      });
    }
    return this.#observer.fault;
  }

  clientSaid(chunk: Buffer, nowMs: number): FilterResult {
    const filtered = this.#parts.filter.push(chunk, nowMs);
    if (filtered.type === "drop") {
      return filtered;
    }
    if (filtered.inputFrame !== undefined) {
      this.#stalls.input(filtered.inputFrame);
    }
    if (filtered.answeredPing && this.#pingSentAtMs !== undefined) {
      this.#parts.events.pinged(Math.round(nowMs - this.#pingSentAtMs));
      this.#pingSentAtMs = undefined;
    }
    return filtered;
  }

  /** They say nothing any more. */
  end(): void {
    this.#stalls.stop();
  }

  #tell(observed: Observed): void {
    const { clock, events } = this.#parts;
    switch (observed.type) {
      case "informed":
        events.informed(observed.info);
        return;
      case "synced":
        events.synced(observed.sync);
        return;
      case "mode":
        events.plays(observed.ports);
        return;
      case "ping":
        this.#pingSentAtMs = clock.now();
        return;
      default:
        return;
    }
  }
}
