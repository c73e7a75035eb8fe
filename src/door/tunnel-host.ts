import { randomBytes } from "node:crypto";
import {
  decodeHostTunnelMessage,
  encodePeerAddress,
  encodeTunnelMessage,
  TUNNEL_ID_BYTES,
  TunnelFramer,
  type HostTunnelMessage,
} from "../netplay/index.ts";
import { sessionIdToBytes, type Clock, type Logger, type SessionId, type Timer } from "../shared/index.ts";
import type { LostReason } from "./door-event.ts";
import type { DoorLimits } from "./limits.ts";
import { receiveTunnelGreeting } from "./tunnel-greeting.ts";
import type { Wire } from "./wire.ts";

/** How long RetroArch keeps a link that it has begun to open. */
const HOST_FORGETS_MS = 15_000;

/** Links that were asked for and given up, kept in mind because the host may still open them. */
const MAX_ABANDONED = 64;

export interface LinkRequest {
  /** The client has left. A link that comes all the same is closed. */
  cancel(): void;
}

export interface TunnelHostParts {
  readonly sessionId: SessionId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: DoorLimits;
  readonly onReady: () => void;
  readonly onLost: (reason: LostReason) => void;
}

interface Asked {
  readonly peer: Buffer;
  /** Told to the host when it asks, which RetroArch since 1.11 does before it opens the link. */
  readonly address: string;
  readonly onLink: (wire: Wire, rest: Buffer) => void;
  cancelled: boolean;
  /** Runs while the request counts against the host's limit. */
  slot: Timer | undefined;
}

/** A session's host as seen through its tunnel: the control connection, and the links that it opens on request. */
export class TunnelHost {
  readonly #parts: TunnelHostParts;
  readonly #newcomers = new Set<Wire>();
  #control: Wire | undefined;
  #hadControl = false;
  #queue: Asked[] = [];
  /** By the peer's id in hex. */
  readonly #asked = new Map<string, Asked>();
  #busySlots = 0;

  constructor(parts: TunnelHostParts) {
    this.#parts = parts;
  }

  /** A connection to the tunnel listener: the control connection, a link, or a stranger. */
  accept(wire: Wire): void {
    if (this.#newcomers.size >= this.#parts.limits.halfOpenTunnel) {
      wire.destroy();
      return;
    }
    this.#newcomers.add(wire);
    void wire.gone.then(() => this.#newcomers.delete(wire));
    receiveTunnelGreeting(wire, this.#parts.clock, this.#parts.limits.tunnelGreetingMs, (message, rest) => {
      this.#newcomers.delete(wire);
      this.#greeted(wire, message, rest);
    });
  }

  /** Asks the host to open a connection for a client; `onLink` is called at most once, and not after `cancel`. */
  requestLink(address: string, onLink: (wire: Wire, rest: Buffer) => void): LinkRequest {
    const peer = randomBytes(TUNNEL_ID_BYTES);
    const asked: Asked = { peer, address, onLink, cancelled: false, slot: undefined };
    this.#queue.push(asked);
    this.#askNext();
    return {
      cancel: () => {
        asked.cancelled = true;
        this.#queue = this.#queue.filter((other) => other !== asked);
        this.#forgetOldest();
      },
    };
  }

  /** Ends the control connection and the connections that have not said what they are; links are their owners'. */
  close(): void {
    this.#newcomers.forEach((wire) => {
      wire.destroy();
    });
    this.#control?.destroy();
    this.#control = undefined;
    this.#queue = [];
    this.#asked.forEach((asked) => {
      asked.slot?.cancel();
    });
    this.#asked.clear();
  }

  #greeted(wire: Wire, message: HostTunnelMessage, rest: Buffer): void {
    if (message.type === "session" && message.id.every((byte) => byte === 0) && !this.#hadControl) {
      this.#takeControl(wire, rest);
    } else if (message.type === "link") {
      this.#linked(wire, message.peer, rest);
    } else {
      wire.destroy();
    }
  }

  #takeControl(wire: Wire, rest: Buffer): void {
    const framer = new TunnelFramer(decodeHostTunnelMessage);
    this.#hadControl = true;
    this.#control = wire;
    const data = (chunk: Buffer): void => {
      const { messages, garbage } = framer.push(chunk);
      if (!messages.every((message) => this.#answer(wire, message)) || garbage) {
        wire.destroy();
        this.#lose("control-garbage");
      }
    };
    wire.read({
      data,
      closed: () => {
        this.#lose("control-closed");
      },
    });
    wire.write(encodeTunnelMessage({ type: "session", id: sessionIdToBytes(this.#parts.sessionId) }));
    this.#parts.onReady();
    data(rest);
    this.#askNext();
  }

  /** False for a message that has no place on a control connection. */
  #answer(wire: Wire, message: HostTunnelMessage): boolean {
    switch (message.type) {
      case "ping":
        wire.write(encodeTunnelMessage({ type: "ping" }));
        return true;
      case "address-question": {
        const asked = this.#asked.get(message.peer.toString("hex"));
        const peer = asked?.peer ?? Buffer.alloc(TUNNEL_ID_BYTES);
        const address = encodePeerAddress(asked?.address ?? "::");
        wire.write(encodeTunnelMessage({ type: "address", peer, address }));
        return true;
      }
      default:
        return false;
    }
  }

  #lose(reason: LostReason): void {
    if (this.#control !== undefined) {
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
    }
  }

  #freeSlot(asked: Asked): void {
    if (asked.slot !== undefined) {
      asked.slot.cancel();
      asked.slot = undefined;
      this.#busySlots--;
      this.#askNext();
    }
  }

  #linked(wire: Wire, peer: Buffer, rest: Buffer): void {
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
      wire.destroy();
      return;
    }
    asked.onLink(wire, rest);
  }

  #forgetOldest(): void {
    const abandoned = [...this.#asked].filter(([, asked]) => asked.cancelled && asked.slot === undefined);
    abandoned.slice(0, Math.max(0, abandoned.length - MAX_ABANDONED)).forEach(([key]) => {
      this.#asked.delete(key);
    });
  }
}
