import { randomBytes } from "node:crypto";
import {
  decodeHostTunnelMessage,
  encodePeerAddress,
  encodeTunnelMessage,
  TUNNEL_ID_BYTES,
  TunnelFramer,
  type HostTunnelMessage,
} from "../../netplay/index.ts";
import { sessionIdToBytes, type Clock, type Logger, type SessionId, type Timer } from "../../shared/index.ts";
import type { LostReason } from "../gateway-event.ts";
import type { GatewayLimits } from "../limits.ts";
import { LifeSigns } from "./life-signs.ts";
import type { Connection, MessageReader } from "../net/index.ts";

/** How long RetroArch keeps a link that it is opening. */
const HOST_FORGETS_MS = 15_000;

/** Cancelled requests that are remembered, because the host may still open their links. */
const MAX_ABANDONED = 64;

/** What may wait on a control connection that its owner does not read. */
const MAX_UNREAD_BYTES = 64 * 1024;

const TUNNEL_MESSAGE_BYTES = 16;

const NO_MESSAGES = { messages: [], garbage: false } as const;

export interface TunnelHostParts {
  readonly sessionId: SessionId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: GatewayLimits;
  readonly onReady: () => void;
  readonly onLost: (reason: LostReason) => void;
  /** The host belongs to somebody else: its network may keep it silent, and its messages are limited. */
  readonly isRemote?: boolean;
}

interface Asked {
  readonly peer: Buffer;
  /** Told to the host when it asks: RetroArch 1.11 and newer do before they open the link. */
  readonly address: string;
  readonly onLink: (link: MessageReader) => void;
  cancelled: boolean;
  /** Runs while the request counts as pending. */
  slot: Timer | undefined;
}

/** A host behind its tunnel: its control connection, and the links that it opens on request. */
export class TunnelHost {
  readonly #parts: TunnelHostParts;
  #control: Connection | undefined;
  #hadControl = false;
  #queue: Asked[] = [];
  /** By peer id in hex. */
  readonly #asked = new Map<string, Asked>();
  #busySlots = 0;
  readonly #life: LifeSigns;
  /** Messages that a remote host may still send on its control connection. */
  #allowedMessages: number;

  constructor(parts: TunnelHostParts) {
    this.#parts = parts;
    const { clock, limits, isRemote } = parts;
    this.#allowedMessages = isRemote === true ? limits.controlMessages : Infinity;
    this.#life = new LifeSigns({
      clock,
      everyMs: isRemote === true ? limits.ownerPingMs : limits.hostPingMs,
      silentMs: isRemote === true ? limits.ownerSilentMs : limits.hostSilentMs,
      ask: () => {
        this.#control?.write(encodeTunnelMessage({ type: "ping" }));
        this.#allowMore();
      },
      onSilent: () => {
        this.#control?.destroy();
        this.#lose("control-silent");
      },
    });
  }

  /** Whether a link for this peer was requested; the request may be cancelled. */
  expects(peer: Buffer): boolean {
    return this.#asked.has(peer.toString("hex"));
  }

  /** The host has shown that it is alive. */
  heard(): void {
    this.#life.heard();
  }

  /** A sleeping host is not asked for signs of life. */
  setAsleep(asleep: boolean): void {
    if (asleep) {
      this.#life.rest();
    } else if (this.#control !== undefined) {
      this.#life.begin();
    }
  }

  /**
   * Asks the host to open a connection for a client.
   *
   * @param onLink - Called at most once.
   * @returns Cancels the request. A link that still comes is closed.
   */
  requestLink(address: string, onLink: (link: MessageReader) => void): () => void {
    const peer = randomBytes(TUNNEL_ID_BYTES);
    const asked: Asked = { peer, address, onLink, cancelled: false, slot: undefined };
    this.#queue.push(asked);
    this.#askNext();
    return () => {
      asked.cancelled = true;
      this.#queue = this.#queue.filter((other) => other !== asked);
      this.#forgetOldest();
    };
  }

  /** Ends the control connection, but no links. */
  close(): void {
    this.#life.rest();
    this.#control?.destroy();
    this.#control = undefined;
    this.#queue = [];
    this.#asked.forEach((asked) => {
      asked.slot?.cancel();
    });
    this.#asked.clear();
  }

  /** The first message of a connection to the tunnel listener. */
  receive(reader: MessageReader, message: HostTunnelMessage): void {
    if (message.type === "session" && message.id.every((byte) => byte === 0) && !this.#hadControl) {
      this.takeControl(reader);
    } else if (message.type === "link") {
      this.link(reader, message.peer);
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
    this.#life.begin();
    this.#parts.onReady();
    data(early);
    this.#askNext();
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
        const asked = this.#asked.get(message.peer.toString("hex"));
        const peer = asked?.peer ?? Buffer.alloc(TUNNEL_ID_BYTES);
        const address = encodePeerAddress(asked?.address ?? "::");
        connection.write(encodeTunnelMessage({ type: "address", peer, address }));
        return true;
      }
      default:
        return false;
    }
  }

  #lose(reason: LostReason): void {
    if (this.#control !== undefined) {
      this.#life.rest();
      this.#control = undefined;
      this.#parts.onLost(reason);
    }
  }

  #askNext(): void {
    while (this.#control !== undefined && this.#busySlots < this.#parts.limits.pendingLinks) {
      const asked = this.#queue.shift();
      if (asked === undefined) {
        return;
      }
      this.#busySlots++;
      asked.slot = this.#parts.clock.after(HOST_FORGETS_MS, () => {
        this.#freeSlot(asked);
      });
      this.#asked.set(asked.peer.toString("hex"), asked);
      this.#control.write(encodeTunnelMessage({ type: "link", peer: asked.peer }));
      this.#allowMore();
    }
  }

  /** A remote host answers our messages, and asks for the address of each client. */
  #allowMore(): void {
    const { controlMessages, controlMessagesPerOurs } = this.#parts.limits;
    const most = Math.max(this.#allowedMessages, 2 * controlMessages);
    this.#allowedMessages = Math.min(most, this.#allowedMessages + controlMessagesPerOurs);
  }

  #freeSlot(asked: Asked): void {
    if (asked.slot !== undefined) {
      asked.slot.cancel();
      asked.slot = undefined;
      this.#busySlots--;
      this.#askNext();
    }
  }

  /** A connection on which the host has said whose link it is. */
  link(reader: MessageReader, peer: Buffer): void {
    const key = peer.toString("hex");
    const asked = this.#asked.get(key);
    this.#asked.delete(key);
    if (asked !== undefined) {
      this.#freeSlot(asked);
    }
    if (asked === undefined || asked.cancelled) {
      this.#parts.logger.debug(
        { peer: key },
        "link for nobody closed: the client has left, or it was linked before",
      );
      reader.destroy("client-closed");
      return;
    }
    asked.onLink(reader);
  }

  #forgetOldest(): void {
    const abandoned = [...this.#asked].filter(([, asked]) => asked.cancelled && asked.slot === undefined);
    abandoned.slice(0, Math.max(0, abandoned.length - MAX_ABANDONED)).forEach(([key]) => {
      this.#asked.delete(key);
    });
  }
}
