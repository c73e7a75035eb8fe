import type { Clock, Timer } from "../../shared/index.ts";
import { COMMAND, encodeCommand } from "../../netplay/index.ts";
import type { CommandFilter, FilterFault } from "./command-filter.ts";
import { Conversation } from "./conversation.ts";
import type { LeaveReason } from "../gateway-event.ts";
import { Delivery } from "./delivery.ts";
import { finishHost } from "./finish-host.ts";
import type { HostHandshakeStep } from "../handshake/index.ts";
import type { GatewayLimits } from "../limits.ts";
import type { LinkEvents } from "./link-events.ts";
import type { SavestateRequests } from "./savestate-requests.ts";
import { watchSilence } from "./silence.ts";
import type { StallBudgets } from "./stall-budgets.ts";
import type { Connection } from "../net/index.ts";

export interface LinkParts {
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  /** What the host is told in the client's name before anything else. */
  readonly hello: Buffer;
  /** Reads the host's answer to that. */
  readonly hostHandshake: { push(chunk: Buffer): HostHandshakeStep };
  readonly filter: CommandFilter;
  /** Of the room. */
  readonly stallBudgets: StallBudgets;
  readonly savestateRequests: SavestateRequests;
  /** The host is a stranger's: what no stock one sends ends the link. */
  readonly hostIsStranger: boolean;
  readonly events: LinkEvents;
  /** The client asks for pings by itself: one that says nothing from its SYNC on is gone. */
  readonly asksForPings?: boolean;
  /** When nothing has passed in either direction for so long, the link ends; undefined: see `silentMs`. */
  readonly idleMs?: number;
}

const REQUEST_SAVESTATE = encodeCommand(COMMAND.requestSavestate);

/** Faults on which the client is given time to show what it has learnt from the host's INFO. */
const TURNED_AWAY: readonly FilterFault[] = ["wrong-core", "wrong-content"];

/** Ends after which the client may still read what the host said before. */
const PEACEFUL: readonly LeaveReason[] = [
  "host-closed",
  "host-lost",
  "kicked",
  "session-closed",
  "wrong-core",
  "wrong-content",
];

/**
 * One client joined to its host: two connections, and what is known from reading along. It does not matter who opened
 * which. Bytes from the host are passed on as they come, and a host of ours is never held back; from the client only
 * whole and harmless commands are.
 */
export class Link {
  readonly #client: Connection;
  readonly #host: Connection;
  readonly #parts: LinkParts;
  readonly #conversation: Conversation;
  readonly #delivery: Delivery;
  /** The host's header has come. */
  #hostIdentified = false;
  /** Commands of ours that wait for a place between two of the host's. */
  #answers: Buffer[] = [];
  #heardAtMs: number;
  #silence: Timer | undefined;
  #turnAway: Timer | undefined;
  #ended = false;
  readonly #requestSavestate = (): void => {
    this.#host.write(REQUEST_SAVESTATE);
  };

  constructor(client: Connection, host: Connection, parts: LinkParts) {
    const { clock, limits, events } = parts;
    this.#client = client;
    this.#host = host;
    this.#parts = parts;
    this.#heardAtMs = clock.now();
    const synced: LinkEvents["synced"] = (sync) => {
      events.synced(sync);
      this.#synced();
    };
    this.#conversation = new Conversation({
      ...parts,
      address: client.address,
      events: { ...events, synced },
    });
    this.#delivery = new Delivery({
      client,
      host,
      clock,
      limits,
      hostIsRemote: parts.hostIsStranger,
      onNotReading: () => {
        events.failed("not-reading");
      },
      onBadSavestate: () => {
        events.failed("bad-savestate");
      },
    });
  }

  /** When the client has said something last; with an idle time, either side. */
  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  get isLeavingPlay(): boolean {
    return this.#conversation.isLeavingPlay;
  }

  /** @param rest - What both have sent already. */
  start(rest: { readonly client: Buffer; readonly host: Buffer }): void {
    const { hello, idleMs } = this.#parts;
    this.#readBoth();
    this.#host.write(hello);
    if (idleMs !== undefined) {
      this.#watchSilence(idleMs);
    }
    this.#fromHost(rest.host);
    this.#fromClient(rest.client);
  }

  /**
   * Ends both connections: what the client may still read is delivered, what the host has been sent as well.
   *
   * @returns When the host's side is gone, so that the host knows.
   */
  end(reason: LeaveReason): Promise<void> {
    if (!this.#ended) {
      this.#ended = true;
      this.#silence?.cancel();
      this.#turnAway?.cancel();
      this.#conversation.end();
      this.#parts.savestateRequests.withdraw(this.#requestSavestate);
      finishHost(this.#host, this.#conversation, this.#parts.clock, this.#parts.limits);
      this.#delivery.end(PEACEFUL.includes(reason));
    }
    return this.#host.gone;
  }

  #readBoth(): void {
    const { events } = this.#parts;
    const faulted = (): void => {
      events.failed("fault");
    };
    const exhausted = (): void => {
      events.failed("over-budget");
    };
    this.#client.read({
      data: (chunk) => {
        this.#fromClient(chunk);
      },
      closed: () => {
        events.failed("client-closed");
      },
      drained: () => {
        this.#delivery.drained();
      },
      faulted,
      exhausted,
    });
    this.#host.read({
      data: (chunk) => {
        this.#fromHost(chunk);
      },
      closed: () => {
        events.failed("host-closed");
      },
      drained: () => {
        this.#client.resume();
      },
      faulted,
      exhausted,
    });
  }

  #fromHost(chunk: Buffer): void {
    if (this.#ended || chunk.length === 0) {
      return;
    }
    if (this.#parts.idleMs !== undefined) {
      this.#heardAtMs = this.#parts.clock.now();
      this.#parts.events.hostSpoke?.();
    }
    if (this.#hostIdentified) {
      this.#passToClient(chunk);
      return;
    }
    const step = this.#parts.hostHandshake.push(chunk);
    if (step.type === "refused") {
      this.#parts.events.failed(step.reason);
    } else if (step.type === "host-identified") {
      this.#hostIdentified = true;
      this.#delivery.write(step.header);
      if (step.inflates) {
        this.#delivery.inflate();
      }
      this.#conversation.hostIdentified(step);
      this.#parts.events.hostIdentified(step);
      this.#fromHost(step.rest);
    }
  }

  #passToClient(chunk: Buffer): void {
    const before = this.#conversation.hostCommands;
    const fault = this.#conversation.hostSaid(chunk);
    this.#host.charges?.take("messages", this.#conversation.hostCommands - before, this.#parts.clock.now());
    if (fault !== undefined) {
      this.#parts.events.failed(fault.reason, fault.command);
    } else if (!this.#ended) {
      this.#delivery.write(chunk);
      this.#giveAnswers();
    }
  }

  #giveAnswers(): void {
    if (this.#answers.length > 0 && this.#hostIdentified && this.#conversation.isBetweenHostsCommands) {
      this.#answers.splice(0).forEach((answer) => {
        this.#delivery.write(answer);
      });
    }
  }

  #fromClient(chunk: Buffer): void {
    if (this.#ended || this.#turnAway !== undefined || chunk.length === 0) {
      return;
    }
    const nowMs = this.#parts.clock.now();
    this.#heardAtMs = nowMs;
    const filtered = this.#conversation.clientSaid(chunk, nowMs);
    if (filtered.type === "drop") {
      this.#drop(filtered.reason, filtered.command);
      return;
    }
    if (filtered.answer !== undefined) {
      this.#answers.push(filtered.answer);
      this.#giveAnswers();
    }
    this.#host.write(filtered.forward);
    if (filtered.requestsSavestate) {
      this.#parts.savestateRequests.request(this.#requestSavestate);
    }
    if (this.#host.unsentBytes > this.#parts.limits.unsentToHostBytes) {
      this.#client.pause();
    }
  }

  #drop(reason: FilterFault, command: number | undefined): void {
    const { clock, limits, events } = this.#parts;
    if (!TURNED_AWAY.includes(reason)) {
      events.failed(reason, command);
      return;
    }
    // It has the host's INFO: a stock client sends its own only after it has compared the two.
    this.#turnAway = clock.after(limits.turnAwayMs, () => {
      events.failed(reason, command);
    });
  }

  /** The client is in the game. */
  #synced(): void {
    if (this.#parts.asksForPings === true && !this.#ended) {
      this.#watchSilence(this.#parts.limits.silentMs);
    }
  }

  /** A machine that lost its power does not say so, and TCP takes a quarter of an hour to notice. */
  #watchSilence(silentMs: number): void {
    const { clock, events } = this.#parts;
    const onSilent = (): void => {
      events.failed("silent");
    };
    this.#silence ??= watchSilence(clock, silentMs, () => this.#heardAtMs, onSilent);
  }
}
