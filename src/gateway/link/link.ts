import { COMMAND, encodeCommand } from "../../netplay/index.ts";
import { Conversation, type Heard } from "./conversation.ts";
import type { LeaveReason } from "../gateway-event.ts";
import { Delivery } from "./delivery.ts";
import type { Expected } from "./content-check.ts";
import { LinkEnding } from "./link-ending.ts";
import type { HostHandshakeStep } from "../handshake/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { SavestateRequests } from "./savestate-requests.ts";
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
export interface LinkRoom extends Pick<GatewayContext, "clock" | "limits"> {
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
  #heardAtMs: number;
  readonly #ending: LinkEnding;
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
    this.#ending = new LinkEnding({
      ...parts,
      host: this.#host,
      conversation: this.#conversation,
      delivery: this.#delivery,
      heardAtMs: () => this.#heardAtMs,
    });
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
      this.#ending.watchSilence(idleMs);
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
    this.#parts.savestateRequests.withdraw(this.#requestSavestate);
    this.#ending.end(reason);
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
    if (this.#ending.hasEnded || chunk.length === 0) {
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
    } else if (!this.#ending.hasEnded) {
      this.#delivery.write(chunk);
      this.#giveAnswers();
    }
  }

  #giveAnswers(): void {
    if (this.#hostHandshake === undefined && this.#conversation.isBetweenHostsCommands) {
      this.#delivery.giveAnswers();
    }
  }

  #fromClient(chunk: Buffer): void {
    if (this.#ending.hasBegun || chunk.length === 0) {
      return;
    }
    const { clock, limits, savestateRequests } = this.#parts;
    const nowMs = clock.now();
    this.#heardAtMs = nowMs;
    const filtered = this.#conversation.clientSaid(chunk, nowMs);
    if (filtered.type === "drop") {
      this.#ending.drop(filtered.reason, filtered.command);
      return;
    }
    if (filtered.answer !== undefined) {
      this.#delivery.answer(filtered.answer);
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

  #hear(heard: Heard): void {
    this.#parts.onHeard(heard);
    if (heard.type === "synced" && this.#parts.asksForPings && !this.#ending.hasEnded) {
      this.#ending.watchSilence(this.#parts.limits.silentMs);
    }
  }
}
