import { randomBytes } from "node:crypto";
import { TUNNEL_ID_BYTES } from "../../netplay/index.ts";
import type { Timer } from "../../shared/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { MessageReader } from "../net/index.ts";

/** How long RetroArch keeps a link that it is opening. */
const HOST_FORGETS_MS = 15_000;

/** Cancelled requests that are remembered, because the host may still open their links. */
const MAX_ABANDONED = 64;

export interface LinkRequestsParts extends Pick<GatewayContext, "clock" | "logger" | "limits"> {
  /** Asks the host to open a link for this peer; false while there is no host. */
  readonly ask: (peer: Buffer) => boolean;
}

interface LinkRequest {
  readonly peer: Buffer;
  readonly address: string;
  readonly onLink: (link: MessageReader) => void;
  cancelled: boolean;
  /** Runs while the request counts as pending. */
  pending: Timer | undefined;
}

/** The links that a host is asked for, each under a random peer id; no more at once than RetroArch remembers. */
export class LinkRequests {
  readonly #parts: LinkRequestsParts;
  #queue: LinkRequest[] = [];
  /** By peer id in hex. */
  readonly #asked = new Map<string, LinkRequest>();
  #pending = 0;

  constructor(parts: LinkRequestsParts) {
    this.#parts = parts;
  }

  /**
   * Has the host open a connection for a client.
   *
   * @param onLink - Called at most once.
   * @returns Cancels the request. A link that still comes is closed.
   */
  request(address: string, onLink: (link: MessageReader) => void): () => void {
    const peer = randomBytes(TUNNEL_ID_BYTES);
    const request: LinkRequest = { peer, address, onLink, cancelled: false, pending: undefined };
    this.#queue.push(request);
    this.askNext();
    return () => {
      request.cancelled = true;
      this.#queue = this.#queue.filter((other) => other !== request);
      this.#forgetOldest();
    };
  }

  /** Whether a link for this peer was requested; the request may be cancelled. */
  expects(peer: Buffer): boolean {
    return this.#asked.has(peer.toString("hex"));
  }

  /** The client's address, for a peer whose link was requested. */
  addressOf(peer: Buffer): string | undefined {
    return this.#asked.get(peer.toString("hex"))?.address;
  }

  /** Asks for as many of the waiting links as may be pending. */
  askNext(): void {
    const { clock, limits, ask } = this.#parts;
    for (
      let [next] = this.#queue;
      next !== undefined && this.#pending < limits.pendingLinks;
      [next] = this.#queue
    ) {
      const request = next;
      if (!ask(request.peer)) {
        return;
      }
      this.#queue.shift();
      this.#pending++;
      request.pending = clock.after(HOST_FORGETS_MS, () => {
        this.#settle(request);
      });
      this.#asked.set(request.peer.toString("hex"), request);
    }
  }

  /** A connection on which the host has said whose link it is. */
  link(reader: MessageReader, peer: Buffer): void {
    const key = peer.toString("hex");
    const request = this.#asked.get(key);
    this.#asked.delete(key);
    if (request !== undefined) {
      this.#settle(request);
    }
    if (request === undefined || request.cancelled) {
      this.#parts.logger.debug(
        { peer: key },
        "link without a client closed: the client has left, or it was linked before",
      );
      reader.destroy("client-closed");
      return;
    }
    request.onLink(reader);
  }

  /** Forgets all requests. */
  close(): void {
    this.#queue = [];
    this.#asked.forEach((request) => {
      request.pending?.cancel();
    });
    this.#asked.clear();
  }

  #settle(request: LinkRequest): void {
    if (request.pending !== undefined) {
      request.pending.cancel();
      request.pending = undefined;
      this.#pending--;
      this.askNext();
    }
  }

  #forgetOldest(): void {
    const abandoned = [...this.#asked].filter(
      ([, { cancelled, pending }]) => cancelled && pending === undefined,
    );
    abandoned.slice(0, Math.max(0, abandoned.length - MAX_ABANDONED)).forEach(([key]) => {
      this.#asked.delete(key);
    });
  }
}
