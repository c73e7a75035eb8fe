import { commandName, type Info } from "../../netplay/index.ts";
import type { Clock, Logger, Timer } from "../../shared/index.ts";
import type { LeaveReason, RosterEntry } from "../gateway-event.ts";
import type { GatewayLimits } from "../limits.ts";
import type { UnreadConnection, Connection } from "../net/index.ts";
import type { LinkEvents } from "./link-events.ts";
import type { Link } from "./link.ts";
import type { LinkRequest } from "../tunnel/index.ts";

/** What a client may send before its link is there; a stock one sends nothing. */
const MAX_EARLY_BYTES = 1024;

/** A client that is given a slot. */
export interface SlotClient extends UnreadConnection {
  /** When its header was accepted. */
  readonly acceptedAtMs: number;
  /** Undefined when only its host will know. */
  readonly nick?: string;
  /** Undefined when it is its host that chooses. */
  readonly protocol?: number;
}

export interface ClientSlotParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: GatewayLimits;
  readonly requestLink: (
    address: string,
    onLink: (connection: Connection, rest: Buffer) => void,
  ) => LinkRequest;
  readonly createLink: (host: Connection, events: LinkEvents) => Link;
  /** The host has said what it has loaded. */
  readonly onInformed?: (info: Info) => void;
  readonly onJoined: (client: RosterEntry, linkMs: number) => void;
  /** `client` undefined: it never got as far as the game. */
  readonly onLeft: (client: RosterEntry | undefined, reason: LeaveReason) => void;
  /** The host has noticed as well; nothing is left of the slot. */
  readonly onGone: () => void;
}

/** A client from its nickname until it is gone: waiting for a link, then linked, then in the game. */
export class ClientSlot {
  readonly #client: SlotClient;
  readonly #parts: ClientSlotParts;
  readonly #request: LinkRequest;
  readonly #linkDeadline: Timer;
  readonly #sinceMs: number;
  #handshakeDeadline: Timer;
  #early: Buffer;
  #link: Link | undefined;
  #entry: RosterEntry | undefined;
  #ended = false;

  constructor(client: SlotClient, parts: ClientSlotParts) {
    const { clock, limits } = parts;
    this.#client = client;
    this.#parts = parts;
    this.#early = client.rest;
    this.#sinceMs = clock.now();
    this.#linkDeadline = clock.after(limits.linkMs, () => {
      this.end("link-timeout");
    });
    const elapsedMs = clock.now() - client.connectedAtMs;
    this.#handshakeDeadline = this.#expectSync(Math.max(0, limits.handshakeMs - elapsedMs));
    client.connection.read({
      data: (chunk) => {
        this.#keepEarly(chunk);
      },
      closed: () => {
        this.end("client-closed");
      },
      faulted: () => {
        this.end("fault");
      },
    });
    this.#request = parts.requestLink(client.connection.address, (host, rest) => {
      this.#linked(host, rest);
    });
  }

  /** The client as it stands in the roster; undefined until the host has let it in. */
  get entry(): RosterEntry | undefined {
    return this.#entry;
  }

  /** When the client has said something last, in milliseconds of the clock. */
  get heardAtMs(): number {
    return this.#link?.heardAtMs ?? this.#client.acceptedAtMs;
  }

  get isLinked(): boolean {
    return this.#link !== undefined;
  }

  /** When it took its slot, in milliseconds of the clock. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Whether its host must take it for connected for a moment longer. */
  get isLeavingPlay(): boolean {
    return this.#link?.isLeavingPlay ?? false;
  }

  get address(): string {
    return this.#client.connection.address;
  }

  end(reason: LeaveReason, command?: number): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#linkDeadline.cancel();
    this.#handshakeDeadline.cancel();
    this.#logEnd(reason, command);
    const { onLeft, onGone } = this.#parts;
    onLeft(this.#entry, reason);
    if (this.#link === undefined) {
      this.#request.cancel();
      this.#client.connection.finish(this.#parts.limits.lingerMs);
      onGone();
    } else {
      void this.#link.end(reason).then(onGone);
    }
  }

  #logEnd(reason: LeaveReason, command: number | undefined): void {
    const { nick, protocol } = this.#client;
    const culprit = command === undefined ? {} : { command: commandName(command) };
    const facts = { nick: this.#entry?.nick ?? nick, address: this.address, reason, ...culprit };
    if (this.#entry === undefined) {
      this.#parts.logger.info({ ...facts, protocol }, "client did not get into the game");
    } else {
      this.#parts.logger.info(facts, "client left");
    }
  }

  #keepEarly(chunk: Buffer): void {
    if (this.#early.length + chunk.length > MAX_EARLY_BYTES) {
      this.end("flood");
      return;
    }
    this.#early = Buffer.concat([this.#early, chunk]);
  }

  #linked(host: Connection, rest: Buffer): void {
    this.#linkDeadline.cancel();
    const link = this.#parts.createLink(host, this.#linkEvents());
    const early = this.#early;
    this.#early = Buffer.alloc(0);
    this.#link = link;
    link.start({ client: early, host: rest });
  }

  #linkEvents(): LinkEvents {
    return {
      hostIdentified: ({ asksPassword }) => {
        if (asksPassword && !this.#ended) {
          this.#handshakeDeadline.cancel();
          this.#handshakeDeadline = this.#expectSync(this.#parts.limits.passwordMs);
        }
      },
      informed: (info) => {
        this.#parts.onInformed?.(info);
      },
      synced: ({ nick, clientNumber }) => {
        this.#join(nick, clientNumber);
      },
      plays: (players) => {
        this.#update({ players });
      },
      pinged: (pingMs) => {
        this.#update({ pingMs });
      },
      failed: (reason, command) => {
        this.end(reason, command);
      },
    };
  }

  #expectSync(delayMs: number): Timer {
    return this.#parts.clock.after(delayMs, () => {
      this.end("handshake-timeout");
    });
  }

  #join(nick: string, clientNumber: number): void {
    if (this.#entry !== undefined || this.#ended) {
      return;
    }
    const { clock, logger, onJoined } = this.#parts;
    const { connection, acceptedAtMs, protocol } = this.#client;
    this.#handshakeDeadline.cancel();
    this.#entry = {
      nick,
      clientNumber,
      players: [],
      address: connection.address,
      port: connection.port,
      since: clock.date(),
      pingMs: undefined,
    };
    const linkMs = Math.round(clock.now() - acceptedAtMs);
    logger.info({ nick, clientNumber, address: connection.address, protocol, linkMs }, "client joined");
    onJoined(this.#entry, linkMs);
  }

  #update(change: Partial<RosterEntry>): void {
    if (this.#entry !== undefined) {
      this.#entry = { ...this.#entry, ...change };
    }
  }
}
