import { commandName } from "../netplay/index.ts";
import type { Clock, Logger, Timer } from "../shared/index.ts";
import type { Expected } from "./command-screen.ts";
import type { LeaveReason, RosterEntry } from "./door-event.ts";
import type { DoorLimits } from "./limits.ts";
import { Link } from "./link.ts";
import type { Greeting } from "./reception.ts";
import type { LinkRequest } from "./tunnel-host.ts";
import type { Wire } from "./wire.ts";

/** What a client may send before its link is there; a stock one sends nothing. */
const MAX_EARLY_BYTES = 1024;

export interface SeatParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: DoorLimits;
  readonly expected: Expected;
  readonly requestLink: (address: string, onLink: (wire: Wire, rest: Buffer) => void) => LinkRequest;
  readonly onJoined: (client: RosterEntry, linkMs: number) => void;
  /** `client` undefined: it never got as far as the game. */
  readonly onLeft: (client: RosterEntry | undefined, reason: LeaveReason) => void;
  /** The host has noticed as well; nothing is left of the seat. */
  readonly onGone: () => void;
}

/** A client from its nickname until it is gone: waiting for a link, then linked, then in the game. */
export class Seat {
  readonly #greeting: Greeting;
  readonly #parts: SeatParts;
  readonly #request: LinkRequest;
  readonly #linkDeadline: Timer;
  readonly #handshakeDeadline: Timer;
  #early: Buffer;
  #link: Link | undefined;
  #entry: RosterEntry | undefined;
  #ended = false;

  constructor(greeting: Greeting, parts: SeatParts) {
    const { clock, limits } = parts;
    this.#greeting = greeting;
    this.#parts = parts;
    this.#early = greeting.rest;
    this.#linkDeadline = clock.after(limits.linkMs, () => {
      this.end("link-timeout");
    });
    const elapsedMs = clock.now() - greeting.connectedAtMs;
    this.#handshakeDeadline = clock.after(Math.max(0, limits.handshakeMs - elapsedMs), () => {
      this.end("handshake-timeout");
    });
    greeting.wire.read({
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
    this.#request = parts.requestLink(greeting.wire.address, (host, rest) => {
      this.#linked(host, rest);
    });
  }

  /** The client as it stands in the roster; undefined until the host has let it in. */
  get entry(): RosterEntry | undefined {
    return this.#entry;
  }

  get isLinked(): boolean {
    return this.#link !== undefined;
  }

  get address(): string {
    return this.#greeting.wire.address;
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
      this.#greeting.wire.finish(this.#parts.limits.lingerMs);
      onGone();
    } else {
      void this.#link.end(reason).then(onGone);
    }
  }

  #logEnd(reason: LeaveReason, command: number | undefined): void {
    const { nick, protocol } = this.#greeting;
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

  #linked(host: Wire, rest: Buffer): void {
    const { clock, limits, expected } = this.#parts;
    this.#linkDeadline.cancel();
    const link = new Link({ ...this.#greeting, rest: this.#early }, host, {
      clock,
      limits,
      expected,
      events: {
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
      },
    });
    this.#early = Buffer.alloc(0);
    this.#link = link;
    link.start(rest);
  }

  #join(nick: string, clientNumber: number): void {
    if (this.#entry !== undefined || this.#ended) {
      return;
    }
    const { clock, logger, onJoined } = this.#parts;
    const { wire, acceptedAtMs, protocol } = this.#greeting;
    this.#handshakeDeadline.cancel();
    this.#entry = {
      nick,
      clientNumber,
      players: [],
      address: wire.address,
      port: wire.port,
      since: clock.date(),
      pingMs: undefined,
    };
    const linkMs = Math.round(clock.now() - acceptedAtMs);
    logger.info({ nick, clientNumber, address: wire.address, protocol, linkMs }, "client joined");
    onJoined(this.#entry, linkMs);
  }

  #update(change: Partial<RosterEntry>): void {
    if (this.#entry !== undefined) {
      this.#entry = { ...this.#entry, ...change };
    }
  }
}
