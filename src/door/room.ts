import type { Socket } from "node:net";
import { negotiateProtocol, type ClientHeader } from "../netplay/index.ts";
import {
  fail,
  ok,
  type Clock,
  type Logger,
  type Port,
  type Result,
  type SessionId,
} from "../shared/index.ts";
import { CommandScreen, type Expected } from "./command-screen.ts";
import type { DoorEvent, LostReason, RosterEntry } from "./door-event.ts";
import { newlyArrived, type Arrived } from "./greeting.ts";
import { HostGreeting, replayToHost } from "./host-greeting.ts";
import type { DoorLimits } from "./limits.ts";
import type { LinkEvents } from "./link-events.ts";
import { Link } from "./link.ts";
import { listen, type Listener, type ListenFault } from "./listener.ts";
import { Reception, type Admission, type Greeting, type Visit } from "./reception.ts";
import { Seat } from "./seat.ts";
import { Seats } from "./seats.ts";
import { StallBudgets } from "./stall-budgets.ts";
import { TunnelHost } from "./tunnel-host.ts";
import { Wire } from "./wire.ts";

type WithoutSession<T> = T extends unknown ? Omit<T, "sessionId"> : never;

/** A door's event before it is said whose it is. */
type RoomEvent = WithoutSession<DoorEvent>;

export interface RoomParts {
  readonly sessionId: SessionId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: DoorLimits;
  readonly protocolHigh: () => number;
  readonly maxClients: number;
  readonly expected: Expected;
  readonly emit: (event: RoomEvent) => void;
}

/** One session at the door: its public port, its tunnel port, and everybody between them. */
export class Room {
  readonly #parts: RoomParts;
  readonly #reception: Reception;
  readonly #tunnelHost: TunnelHost;
  readonly #seats = new Seats();
  readonly #stallBudgets = new StallBudgets();
  readonly #listeners: Listener[] = [];
  #opening: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  /** Connections that need the host: from a valid header until the host has seen them end. */
  #visits = 0;

  constructor(parts: RoomParts) {
    this.#parts = parts;
    const { sessionId, clock, logger, limits, protocolHigh, emit } = parts;
    const admit = (header: ClientHeader, address: string): Admission => this.#admit(header, address);
    this.#reception = new Reception({ clock, logger, limits, protocolHigh, admit });
    this.#tunnelHost = new TunnelHost({
      sessionId,
      clock,
      logger,
      limits,
      onReady: () => {
        emit({ type: "ready" });
      },
      onLost: (reason) => {
        this.#lostHost(reason);
      },
    });
  }

  /** @param port - undefined: the room is reached through the one port alone. */
  open(host: string, port: Port | undefined): Promise<Result<{ readonly tunnelPort: Port }, ListenFault>> {
    const opening = this.#open(host, port);
    this.#opening = opening;
    return opening;
  }

  /** Ends every connection; resolves when both ports are free. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** A connection that has asked for this session by its id; the handshake follows on it. */
  receive(arrived: Arrived): void {
    if (this.#closing === undefined) {
      this.#reception.accept(arrived);
    } else {
      arrived.wire.destroy();
    }
  }

  /** Whether somebody from this address would be let in now. */
  hasSeatFor(address: string): boolean {
    return this.#closing === undefined && this.#judge(address) === undefined;
  }

  isKicked(address: string): boolean {
    return this.#seats.isKicked(address);
  }

  /** Gives a seat to a client that has said on the one port what it has loaded; false when there is none for it. */
  welcome(greeting: Greeting): boolean {
    if (!this.hasSeatFor(greeting.wire.address)) {
      return false;
    }
    this.#beginVisit().greeted(greeting);
    return true;
  }

  /** Ends the clients of this name and remembers their addresses; false when there is none. */
  kick(nick: string): boolean {
    return this.#seats.kick(nick);
  }

  /** The clients that are in the game, in order of arrival. */
  roster(): RosterEntry[] {
    return this.#seats.roster();
  }

  async #open(
    host: string,
    port: Port | undefined,
  ): Promise<Result<{ readonly tunnelPort: Port }, ListenFault>> {
    const { clock, logger } = this.#parts;
    const wire = (socket: Socket): Wire => new Wire(socket, clock, logger);
    if (port !== undefined) {
      const publicSide = await listen(host, port, logger, (socket) => {
        this.#reception.accept(newlyArrived(wire(socket), clock));
      });
      if (!publicSide.ok) {
        return publicSide;
      }
      this.#listeners.push(publicSide.value);
    }
    const tunnelSide = await listen("127.0.0.1", 0, logger, (socket) => {
      this.#tunnelHost.accept(wire(socket));
    });
    if (!tunnelSide.ok) {
      await Promise.all(this.#listeners.map((listener) => listener.close()));
      return fail("address-unavailable");
    }
    this.#listeners.push(tunnelSide.value);
    return ok({ tunnelPort: tunnelSide.value.port });
  }

  async #close(): Promise<void> {
    await this.#opening;
    const closed = Promise.all(this.#listeners.map((listener) => listener.close()));
    this.#reception.close();
    this.#seats.end("session-closed");
    this.#tunnelHost.close();
    await closed;
  }

  #admit(header: ClientHeader, address: string): Admission {
    const objection = this.#judge(address);
    if (objection !== undefined) {
      return { type: objection };
    }
    const protocol = negotiateProtocol(header, this.#parts.protocolHigh());
    return protocol === undefined
      ? { type: "old-protocol" }
      : { type: "welcome", protocol, visit: this.#beginVisit() };
  }

  #judge(address: string): "denied" | "full" | undefined {
    if (this.#seats.isKicked(address)) {
      return "denied";
    }
    return this.#seats.size >= this.#parts.maxClients ? "full" : undefined;
  }

  #beginVisit(): Visit {
    if (++this.#visits === 1) {
      this.#parts.emit({ type: "wake" });
    }
    return {
      greeted: (greeting) => {
        this.#seat(greeting);
      },
      ended: () => {
        this.#endVisit();
      },
    };
  }

  #endVisit(): void {
    if (--this.#visits === 0) {
      this.#parts.emit({ type: "empty" });
    }
  }

  #seat(greeting: Greeting): void {
    const { clock, logger, limits, maxClients, emit } = this.#parts;
    if (this.#seats.size >= maxClients) {
      // It has its header already, so that FULL comes too late.
      logger.info({ address: greeting.wire.address, reason: "full" }, "client turned away at its nickname");
      greeting.wire.finish(limits.lingerMs);
      this.#endVisit();
      return;
    }
    const seat: Seat = new Seat(greeting, {
      clock,
      logger,
      limits,
      requestLink: (address, onLink) => this.#tunnelHost.requestLink(address, onLink),
      createLink: (host, events) => this.#createLink(greeting, host, events),
      onJoined: (client, linkMs) => {
        emit({ type: "joined", client, linkMs });
      },
      onLeft: (client, reason) => {
        this.#seats.delete(seat);
        if (client !== undefined) {
          emit({ type: "left", client, reason });
        }
      },
      onGone: () => {
        this.#endVisit();
      },
    });
    this.#seats.add(seat);
  }

  #createLink(greeting: Greeting, host: Wire, events: LinkEvents): Link {
    const { clock, limits, expected } = this.#parts;
    const { address } = greeting.wire;
    const screen = new CommandScreen({
      expected: { ...expected, said: greeting.said },
      limits,
      nowMs: clock.now(),
      refusesPlay: (nowMs) => greeting.watchesOnly === true || !this.#stallBudgets.mayPlay(address, nowMs),
    });
    return new Link(greeting.wire, host, {
      clock,
      limits,
      hello: replayToHost(greeting),
      hostGreeting: new HostGreeting(greeting),
      screen,
      stallBudgets: this.#stallBudgets,
      hostIsStranger: false,
      events,
    });
  }

  #lostHost(reason: LostReason): void {
    this.#parts.emit({ type: "lost", reason });
    this.#seats.end("host-lost", (seat) => !seat.isLinked);
  }
}
