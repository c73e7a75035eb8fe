import type { Clock, Timer } from "../../shared/index.ts";
import { COMMAND, encodeCommand } from "../../netplay/index.ts";
import type { FilterFault } from "./command-filter.ts";
import { Conversation, type Heard } from "./conversation.ts";
import type { LeaveReason } from "../gateway-event.ts";
import { Delivery } from "./delivery.ts";
import type { Expected } from "./expected-info.ts";
import type { HostHandshakeStep } from "../handshake/index.ts";
import type { GatewayLimits } from "../limits.ts";
import type { SavestateRequests } from "./savestate-requests.ts";
import { watchSilence } from "./silence.ts";
import type { StallBudgets } from "./stall-budgets.ts";
import type { Connection, MessageReader } from "../net/index.ts";

/** What is known of a link before its host has opened it. */
export interface LinkPlan {
  /** The first bytes to the host, in the client's name. */
  readonly hello: Buffer;
  /** Reads the host's answer; `bytes` are all that it has sent so far. */
  readonly readHostHandshake: (bytes: Buffer) => HostHandshakeStep;
  /** What the client must have loaded; undefined for a relayed room. */
  readonly expected: Expected | undefined;
  readonly watchesOnly: boolean;
  /** The host belongs to a player. It can be held back, and a command that no stock host sends ends the link. */
  readonly hostIsRemote: boolean;
  /** The client asks for pings by itself. So a client that is silent for long after SYNC is gone. */
  readonly asksForPings: boolean;
  /** After so long without a byte in either direction the link ends. */
  readonly idleMs?: number;
}

/** What the links of a room share. */
export interface LinkRoom {
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  readonly stallBudgets: StallBudgets;
  readonly savestateRequests: SavestateRequests;
}

export interface LinkParts extends LinkRoom, LinkPlan {
  readonly client: MessageReader;
  readonly host: MessageReader;
  readonly onHeard: (heard: Heard) => void;
  /** Bytes came from a remote host. */
  readonly onHostSpoke: () => void;
  /** The link has come to its end; `command` is the one at fault, if one was. The owner calls `end`. */
  readonly onFailed: (reason: LeaveReason, command?: number) => void;
}

const REQUEST_SAVESTATE = encodeCommand(COMMAND.requestSavestate);

const NOTHING = Buffer.alloc(0);

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

/**
 * One client joined to its host: two connections, and what is known from reading along. The host's bytes are passed on as they
 * come, and a host of ours is never held back. Of the client's bytes only whole, harmless commands are passed on.
 */
export class Link {
  readonly #parts: LinkParts;
  readonly #client: Connection;
  readonly #host: Connection;
  readonly #conversation: Conversation;
  readonly #delivery: Delivery;
  /** The part of the host's handshake that has come; undefined when it is complete. */
  #hostHandshake: Buffer | undefined = NOTHING;
  /** Commands of ours that wait until they fit between two of the host's. */
  #answers: Buffer[] = [];
  #heardAtMs: number;
  #silence: Timer | undefined;
  #turnAway: Timer | undefined;
  #ended = false;
  readonly #requestSavestate = (): void => {
    this.#host.write(REQUEST_SAVESTATE);
  };

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#client = parts.client.connection;
    this.#host = parts.host.connection;
    this.#heardAtMs = parts.clock.now();
    this.#conversation = new Conversation({
      ...parts,
      address: this.#client.address,
      onHeard: (heard) => {
        this.#hear(heard);
      },
    });
    this.#delivery = new Delivery({ ...parts, client: this.#client, host: this.#host });
  }

  /** When the client has last said something; with a remote host, either side. */
  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  /** Whether the host has not told the others yet that the client no longer plays; until then the client must seem connected. */
  get isLeavingPlay(): boolean {
    return this.#conversation.isLeavingPlay;
  }

  /** Takes both connections over, with the bytes that have come already. */
  start(): void {
    const { client, host, hello, idleMs } = this.#parts;
    this.#readBoth();
    this.#host.write(hello);
    if (idleMs !== undefined) {
      this.#watchSilence(idleMs);
    }
    this.#fromHost(host.release());
    this.#fromClient(client.release());
  }

  /**
   * Ends both connections. What was sent to the host is delivered, and after some reasons what was sent to the client.
   *
   * @returns Resolves when the host's side is gone.
   */
  end(reason: LeaveReason): Promise<void> {
    if (!this.#ended) {
      this.#ended = true;
      this.#silence?.cancel();
      this.#turnAway?.cancel();
      this.#conversation.end();
      this.#parts.savestateRequests.withdraw(this.#requestSavestate);
      this.#finishHost();
      this.#delivery.end(PEACEFUL.includes(reason));
    }
    return this.#host.gone;
  }

  #readBoth(): void {
    const failing = (reason: LeaveReason) => (): void => {
      this.#parts.onFailed(reason);
    };
    const faults = { faulted: failing("fault"), exhausted: failing("over-budget") };
    this.#client.read({
      data: (chunk) => {
        this.#fromClient(chunk);
      },
      closed: failing("client-closed"),
      drained: () => {
        this.#delivery.drained();
      },
      ...faults,
    });
    this.#host.read({
      data: (chunk) => {
        this.#fromHost(chunk);
      },
      closed: failing("host-closed"),
      drained: () => {
        this.#client.resume();
      },
      ...faults,
    });
  }

  #fromHost(chunk: Buffer): void {
    if (this.#ended || chunk.length === 0) {
      return;
    }
    if (this.#parts.hostIsRemote) {
      this.#heardAtMs = this.#parts.clock.now();
      this.#parts.onHostSpoke();
    }
    if (this.#hostHandshake === undefined) {
      this.#passToClient(chunk);
    } else {
      this.#readHostHandshake(Buffer.concat([this.#hostHandshake, chunk]));
    }
  }

  #readHostHandshake(bytes: Buffer): void {
    const step = this.#parts.readHostHandshake(bytes);
    if (step.type === "need-more") {
      this.#hostHandshake = bytes;
    } else if (step.type === "refused") {
      this.#parts.onFailed(step.reason);
    } else {
      this.#hostHandshake = undefined;
      this.#delivery.write(step.header);
      if (step.inflates) {
        this.#delivery.inflate();
      }
      this.#conversation.hostIdentified(step);
      this.#fromHost(step.rest);
    }
  }

  #passToClient(chunk: Buffer): void {
    const before = this.#conversation.hostCommands;
    const fault = this.#conversation.hostSaid(chunk);
    this.#host.charges?.take("messages", this.#conversation.hostCommands - before, this.#parts.clock.now());
    if (fault !== undefined) {
      this.#parts.onFailed(fault.reason, fault.command);
    } else if (!this.#ended) {
      this.#delivery.write(chunk);
      this.#giveAnswers();
    }
  }

  #giveAnswers(): void {
    const isPlace = this.#hostHandshake === undefined && this.#conversation.isBetweenHostsCommands;
    if (this.#answers.length > 0 && isPlace) {
      this.#answers.splice(0).forEach((answer) => {
        this.#delivery.write(answer);
      });
    }
  }

  #fromClient(chunk: Buffer): void {
    if (this.#ended || this.#turnAway !== undefined || chunk.length === 0) {
      return;
    }
    const { clock, limits, savestateRequests } = this.#parts;
    const nowMs = clock.now();
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
      savestateRequests.request(this.#requestSavestate);
    }
    if (this.#host.unsentBytes > limits.unsentToHostBytes) {
      this.#client.pause();
    }
  }

  #drop(reason: FilterFault, command: number | undefined): void {
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

  #hear(heard: Heard): void {
    this.#parts.onHeard(heard);
    if (heard.type === "synced" && this.#parts.asksForPings && !this.#ended) {
      this.#watchSilence(this.#parts.limits.silentMs);
    }
  }

  /** TCP takes a quarter of an hour to notice a machine that has lost its power. */
  #watchSilence(silentMs: number): void {
    const { clock, onFailed } = this.#parts;
    const onSilent = (): void => {
      onFailed("silent");
    };
    this.#silence ??= watchSilence(clock, silentMs, () => this.#heardAtMs, onSilent);
  }

  /** Ends the host's side, as soon as the host has told the others that the client no longer plays. */
  #finishHost(): void {
    const { clock, limits } = this.#parts;
    const finish = (): void => {
      this.#host.finish(limits.lingerMs);
    };
    if (!this.isLeavingPlay) {
      finish();
      return;
    }
    const bound = clock.after(limits.leavePlayMs, finish);
    this.#host.read({
      data: (chunk) => {
        if (this.#conversation.hostSaid(chunk) !== undefined || !this.isLeavingPlay) {
          bound.cancel();
          finish();
        }
      },
      closed: () => {
        bound.cancel();
      },
    });
    this.#host.resume();
  }
}
