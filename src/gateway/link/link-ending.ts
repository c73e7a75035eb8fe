import type { Timer } from "../../shared/index.ts";
import type { LeaveReason } from "../gateway-event.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { Connection } from "../net/index.ts";
import type { FilterFault } from "./command-filter.ts";
import type { Conversation } from "./conversation.ts";
import type { Delivery } from "./delivery.ts";
import { watchSilence } from "./silence.ts";

/** After these faults the client gets time to show what differs from the host's INFO. */
const TURNED_AWAY = ["wrong-core", "wrong-content"] as const satisfies readonly FilterFault[];

/** After these ends the client may still read what the host has sent before. */
const PEACEFUL: readonly LeaveReason[] = [
  "host-closed",
  "host-lost",
  "kicked",
  "session-closed",
  ...TURNED_AWAY,
];

export interface LinkEndingParts extends Pick<GatewayContext, "clock" | "limits"> {
  readonly host: Connection;
  readonly conversation: Conversation;
  readonly delivery: Delivery;
  readonly heardAtMs: () => number;
  readonly onFailed: (reason: LeaveReason, command?: number) => void;
}

/** How a link comes to its end, and what is still delivered then. */
export class LinkEnding {
  readonly #parts: LinkEndingParts;
  #silence: Timer | undefined;
  #turnAway: Timer | undefined;
  #ended = false;

  constructor(parts: LinkEndingParts) {
    this.#parts = parts;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Whether nothing more is read from the client: the link has ended, or the client is turned away. */
  get hasBegun(): boolean {
    return this.#ended || this.#turnAway !== undefined;
  }

  /** TCP takes a quarter of an hour to notice a machine that has lost its power. */
  watchSilence(silentMs: number): void {
    const { clock, heardAtMs, onFailed } = this.#parts;
    this.#silence ??= watchSilence(clock, silentMs, heardAtMs, () => {
      onFailed("silent");
    });
  }

  /** The client has sent what may not pass. */
  drop(reason: FilterFault, command: number | undefined): void {
    const { clock, limits, onFailed } = this.#parts;
    const drop = (): void => {
      onFailed(reason, command);
    };
    if (TURNED_AWAY.some((each) => each === reason)) {
      // A stock client has compared the host's INFO before it sends its own.
      this.#turnAway = clock.after(limits.turnAwayMs, drop);
    } else {
      drop();
    }
  }

  /** Ends both sides. What was sent to the host is delivered, and after some reasons what was sent to the client. */
  end(reason: LeaveReason): void {
    if (!this.#ended) {
      this.#ended = true;
      this.#silence?.cancel();
      this.#turnAway?.cancel();
      this.#parts.conversation.end();
      this.#finishHost();
      this.#parts.delivery.end(PEACEFUL.includes(reason));
    }
  }

  /** Ends the host's side, as soon as the host has told the others that the client no longer plays. */
  #finishHost(): void {
    const { clock, limits, host, conversation } = this.#parts;
    const finish = (): void => {
      host.finish(limits.lingerMs);
    };
    if (!conversation.isLeavingPlay) {
      finish();
      return;
    }
    const bound = clock.after(limits.leavePlayMs, finish);
    host.read({
      data: (chunk) => {
        if (conversation.hostSaid(chunk) !== undefined || !conversation.isLeavingPlay) {
          bound.cancel();
          finish();
        }
      },
      closed: () => {
        bound.cancel();
      },
    });
    host.resume();
  }
}
