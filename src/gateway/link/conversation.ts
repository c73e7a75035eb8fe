import { CommandFilter, type FilterResult } from "./command-filter.ts";
import type { Expected } from "./content-check.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { HostObserver, type HostFault, type HostIdentified, type Observed } from "./host-observer.ts";
import type { StallBudgets } from "./stall-budgets.ts";
import { StallWatch } from "./stall-watch.ts";

/** What the host tells its client, or the client's round trip. */
export type Heard = Observed | { readonly type: "pinged"; readonly pingMs: number };

export interface ConversationParts extends Pick<GatewayContext, "clock" | "limits"> {
  /** What the client must have loaded; undefined where only its host knows. */
  readonly expected: Expected | undefined;
  readonly watchesOnly: boolean;
  readonly stallBudgets: StallBudgets;
  readonly hostIsRemote: boolean;
  /** Of the client. */
  readonly address: string;
  readonly onHeard: (heard: Heard) => void;
  readonly onFailed: (reason: "stalling") => void;
}

/** Both directions of a link, read along: who plays, who waits for whom, and what may pass. */
export class Conversation {
  readonly #parts: ConversationParts;
  readonly #filter: CommandFilter;
  readonly #observer: HostObserver;
  readonly #stalls: StallWatch;
  #pingSentAtMs: number | undefined;

  constructor(parts: ConversationParts) {
    const { clock, limits, expected, watchesOnly, stallBudgets: budgets, address } = parts;
    this.#parts = parts;
    this.#filter = new CommandFilter({
      expected,
      limits,
      nowMs: clock.now(),
      refusesPlay: (nowMs) => watchesOnly || !budgets.mayPlay(address, nowMs),
    });
    this.#observer = new HostObserver(parts.hostIsRemote);
    this.#stalls = new StallWatch({
      clock,
      budgets,
      address,
      onExhausted: () => {
        parts.onFailed("stalling");
      },
    });
  }

  /** Whether a command of ours may be put into the host's stream here. */
  get isBetweenHostsCommands(): boolean {
    return this.#observer.isBetweenCommands;
  }

  get isLeavingPlay(): boolean {
    return this.#filter.isLeavingPlay;
  }

  /** How many commands of the host have begun. */
  get hostCommands(): number {
    return this.#observer.commands;
  }

  hostIdentified({ protocol, implementation, asksPassword }: HostIdentified): void {
    this.#observer.hostIdentified(protocol);
    this.#hear({ type: "host-identified", protocol, implementation, asksPassword });
  }

  /** What comes after the host's header. After a fault, nothing of the chunk is to be passed on. */
  hostSaid(chunk: Buffer): HostFault | undefined {
    const observed = this.#observer.push(chunk);
    if (this.#observer.fault === undefined) {
      this.#stalls.sent(chunk.length);
      observed.forEach((each) => {
        this.#hear(each);
      });
    }
    return this.#observer.fault;
  }

  clientSaid(chunk: Buffer, nowMs: number): FilterResult {
    const filtered = this.#filter.push(chunk, nowMs);
    if (filtered.type === "drop") {
      return filtered;
    }
    if (filtered.inputFrame !== undefined) {
      this.#stalls.input(filtered.inputFrame);
    }
    if (filtered.answeredPing && this.#pingSentAtMs !== undefined) {
      this.#parts.onHeard({ type: "pinged", pingMs: Math.round(nowMs - this.#pingSentAtMs) });
      this.#pingSentAtMs = undefined;
    }
    return filtered;
  }

  end(): void {
    this.#stalls.stop();
  }

  #hear(observed: Observed): void {
    this.#filter.hear(observed);
    this.#stalls.heard(observed);
    if (observed.type === "ping") {
      this.#pingSentAtMs = this.#parts.clock.now();
    }
    this.#parts.onHeard(observed);
  }
}
