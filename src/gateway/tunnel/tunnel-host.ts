import {
  decodeHostTunnelMessage,
  encodePeerAddress,
  encodeTunnelMessage,
  TUNNEL_ID_BYTES,
  TunnelFramer,
  type HostTunnelMessage,
  type TunnelMessage,
} from "../../netplay/index.ts";
import { sessionIdToBytes, type SessionId } from "../../shared/index.ts";
import type { LostReason } from "../gateway-event.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { HostPings } from "./host-pings.ts";
import { LinkRequests } from "./link-requests.ts";
import type { Connection, MessageReader } from "../net/index.ts";

/** What may wait on a control connection that its owner does not read. */
const MAX_UNREAD_BYTES = 64 * 1024;

const TUNNEL_MESSAGE_BYTES = 16;

const NO_MESSAGES = { messages: [], garbage: false } as const;

export interface TunnelHostParts extends Pick<GatewayContext, "clock" | "logger" | "limits"> {
  readonly sessionId: SessionId;
  readonly onReady: () => void;
  readonly onLost: (reason: LostReason) => void;
  /** The host belongs to a player: its network may keep it silent, and its messages are limited. */
  readonly isRemote?: boolean;
}

/** A host behind its tunnel: its control connection, with its signs of life, and its links. */
export class TunnelHost {
  readonly links: LinkRequests;
  readonly #parts: TunnelHostParts;
  #control: Connection | undefined;
  #hadControl = false;
  readonly #pings: HostPings;
  /** Messages that a remote host may still send on its control connection. */
  #allowedMessages: number;

  constructor(parts: TunnelHostParts) {
    this.#parts = parts;
    const { clock, limits, isRemote } = parts;
    this.#allowedMessages = isRemote === true ? limits.controlMessages : Infinity;
    this.links = new LinkRequests({
      ...parts,
      ask: (peer) => this.#ask({ type: "link", peer }),
    });
    this.#pings = new HostPings({
      clock,
      everyMs: isRemote === true ? limits.ownerPingMs : limits.hostPingMs,
      silentMs: isRemote === true ? limits.ownerSilentMs : limits.hostSilentMs,
      ask: () => {
        this.#ask({ type: "ping" });
      },
      onSilent: () => {
        this.#control?.destroy();
        this.#lose("control-silent");
      },
    });
  }

  /** The host has shown that it is alive. */
  heard(): void {
    this.#pings.heard();
  }

  /** A sleeping host is not asked for signs of life. */
  setAsleep(asleep: boolean): void {
    if (asleep) {
      this.#pings.rest();
    } else if (this.#control !== undefined) {
      this.#pings.begin();
    }
  }

  /** Ends the control connection, but no links. */
  close(): void {
    this.#pings.rest();
    this.#control?.destroy();
    this.#control = undefined;
    this.links.close();
  }

  /** The first message of a connection to the tunnel listener. */
  receive(reader: MessageReader, message: HostTunnelMessage): void {
    if (message.type === "session" && message.id.every((byte) => byte === 0) && !this.#hadControl) {
      this.takeControl(reader);
    } else if (message.type === "link") {
      this.links.link(reader, message.peer);
    } else {
      reader.destroy("unexpected-command");
    }
  }

  /** The connection on which the host has said that it hosts. */
  takeControl(reader: MessageReader): void {
    const { connection } = reader;
    const early = reader.release();
    const framer = new TunnelFramer(decodeHostTunnelMessage);
    this.#hadControl = true;
    this.#control = connection;
    const data = (chunk: Buffer): void => {
      this.#heardControl(connection, framer, chunk);
    };
    connection.read({
      data,
      closed: () => {
        this.#lose("control-closed");
      },
      faulted: () => {
        this.#lose("control-closed");
      },
      exhausted: () => {
        this.#lose("control-flood");
      },
    });
    connection.write(encodeTunnelMessage({ type: "session", id: sessionIdToBytes(this.#parts.sessionId) }));
    this.#pings.begin();
    this.#parts.onReady();
    data(early);
    this.links.askNext();
  }

  #heardControl(connection: Connection, framer: TunnelFramer<HostTunnelMessage>, chunk: Buffer): void {
    this.heard();
    // A chunk with too many messages is not even read.
    const isFlood = chunk.length / TUNNEL_MESSAGE_BYTES > this.#allowedMessages + 1;
    const { messages, garbage } = isFlood ? NO_MESSAGES : framer.push(chunk);
    this.#allowedMessages -= messages.length;
    if (isFlood || this.#allowedMessages < 0) {
      connection.destroy();
      this.#lose("control-flood");
      return;
    }
    const isSane = messages.every((message) => this.#answer(connection, message)) && !garbage;
    if (!isSane || connection.unsentBytes > MAX_UNREAD_BYTES) {
      connection.destroy();
      this.#lose("control-garbage");
    }
  }

  /** False for a message that has no place on a control connection. */
  #answer(connection: Connection, message: HostTunnelMessage): boolean {
    switch (message.type) {
      case "ping":
        // The host answers each of our pings; answers to its pings would go to and fro for ever.
        return true;
      case "address-question": {
        // RetroArch 1.11 and newer ask before they open the link.
        const known = this.links.addressOf(message.peer);
        const peer = known === undefined ? Buffer.alloc(TUNNEL_ID_BYTES) : message.peer;
        const address = encodePeerAddress(known ?? "::");
        connection.write(encodeTunnelMessage({ type: "address", peer, address }));
        return true;
      }
      default:
        return false;
    }
  }

  #lose(reason: LostReason): void {
    if (this.#control !== undefined) {
      this.#pings.rest();
      this.#control = undefined;
      this.#parts.onLost(reason);
    }
  }

  /** False without a control connection. A remote host may answer each of our messages, and ask for each client's address. */
  #ask(message: TunnelMessage): boolean {
    if (this.#control === undefined) {
      return false;
    }
    this.#control.write(encodeTunnelMessage(message));
    const { controlMessages, controlMessagesPerOurs } = this.#parts.limits;
    const most = Math.max(this.#allowedMessages, 2 * controlMessages);
    this.#allowedMessages = Math.min(most, this.#allowedMessages + controlMessagesPerOurs);
    return true;
  }
}
