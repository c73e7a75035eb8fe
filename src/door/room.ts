import { FIRST_PROTOCOL_WITH_PINGS, negotiateProtocol, type ClientHeader } from "../netplay/index.ts";
import type { Clock, Logger, Port, Result, SessionId } from "../shared/index.ts";
import type { Budget, RoomAccounts } from "./budget/index.ts";
import { CommandScreen } from "./command-screen.ts";
import type { Expected } from "./expected-info.ts";
import type { LostReason, RoomEvent, RosterEntry } from "./door-event.ts";
import type { Arrived } from "./greeting.ts";
import { HostCheck } from "./host-check.ts";
import type { FailedHandshakes } from "./failed-handshakes.ts";
import { HostGreeting, replayToHost } from "./host-greeting.ts";
import type { DoorLimits } from "./limits.ts";
import type { LinkEvents } from "./link-events.ts";
import { Link } from "./link.ts";
import type { ListenFault } from "./listener.ts";
import { Reception, type Admission, type Greeting, type Visit } from "./reception.ts";
import { RoomListeners } from "./room-listeners.ts";
import { SavestateRequests } from "./savestate-requests.ts";
import { Seat } from "./seat.ts";
import { Seats } from "./seats.ts";
import { StallBudgets } from "./stall-budgets.ts";
import { TunnelHost } from "./tunnel-host.ts";
import { TunnelReception, type TunnelConnection } from "./tunnel-reception.ts";
import type { Wire } from "./wire.ts";

export interface RoomParts {
  readonly sessionId: SessionId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: DoorLimits;
  readonly budget: Budget;
  readonly protocolHigh: () => number;
  readonly maxClients: number;
  readonly failedHandshakes: FailedHandshakes;
  readonly expected: Expected;
  readonly emit: (event: RoomEvent) => void;
  readonly isHost: (connection: TunnelConnection) => Promise<boolean>;
}

/** One session at the door: its public port, its tunnel port, and everybody between them. */
export class Room {
  readonly #parts: RoomParts;
  readonly #reception: Reception;
  readonly #tunnelHost: TunnelHost;
  readonly #accounts: RoomAccounts;
  readonly #seats: Seats;
  readonly #stallBudgets = new StallBudgets();
  readonly #savestateRequests: SavestateRequests;
  readonly #listeners: RoomListeners;
  readonly #tunnelReception: TunnelReception;
  readonly #hostCheck: HostCheck;
  #opening: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  /** Connections that need the host: from a valid header until the host has seen them end. */
  #visits = 0;

  constructor(parts: RoomParts) {
    this.#parts = parts;
    this.#accounts = parts.budget.ownRoom();
    const { sessionId, clock, logger, limits, protocolHigh, maxClients, emit, isHost } = parts;
    this.#seats = new Seats(maxClients, limits);
    this.#savestateRequests = new SavestateRequests(clock);
    const admit = (header: ClientHeader, address: string): Admission => this.#admit(header, address);
    this.#reception = new Reception({ clock, logger, limits, protocolHigh, admit });
    this.#listeners = this.#createListeners();
    this.#hostCheck = new HostCheck(parts.expected, logger, () => {
      emit({ type: "mismatch" });
    });
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
    this.#tunnelReception = new TunnelReception({
      clock,
      logger,
      limits,
      isHost,
      onMessage: (wire, message, rest) => {
        this.#tunnelHost.greeted(wire, message, rest);
      },
    });
  }

  #createListeners(): RoomListeners {
    return new RoomListeners({
      ...this.#parts,
      onClient: (arrived) => {
        this.#reception.accept(arrived);
      },
      onTunnel: (wire, localPort) => {
        this.#tunnelReception.accept(wire, localPort);
      },
    });
  }

  setHostAsleep(asleep: boolean): void {
    this.#tunnelHost.setAsleep(asleep);
  }

  /** @param port - undefined: the room is reached through the netplay port alone. */
  open(host: string, port: Port | undefined): Promise<Result<{ readonly tunnelPort: Port }, ListenFault>> {
    const opening = this.#listeners.open(host, port);
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

  /** Gives a seat to a client that has said on the netplay port what it has loaded; false when there is none for it. */
  welcome(greeting: Greeting): boolean {
    if (!this.hasSeatFor(greeting.wire.address)) {
      return false;
    }
    this.#beginVisit(greeting.wire.address).greeted(greeting);
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

  async #close(): Promise<void> {
    await this.#opening;
    const closed = this.#listeners.close();
    this.#reception.close();
    this.#seats.end("session-closed");
    this.#tunnelReception.close();
    this.#tunnelHost.close();
    await closed;
  }

  #admit(header: ClientHeader, address: string): Admission {
    const mayTry = this.#parts.failedHandshakes.mayTry(address);
    const objection = this.#judge(address) ?? (mayTry ? undefined : "full");
    if (objection !== undefined) {
      return { type: objection };
    }
    const protocol = negotiateProtocol(header, this.#parts.protocolHigh());
    return protocol === undefined
      ? { type: "old-protocol" }
      : { type: "welcome", protocol, visit: this.#beginVisit(address) };
  }

  #judge(address: string): "denied" | "full" | undefined {
    return this.#seats.objection(address, this.#parts.clock.now());
  }

  #beginVisit(address: string): Visit {
    if (++this.#visits === 1) {
      this.#parts.emit({ type: "wake" });
    }
    return {
      greeted: (greeting) => {
        this.#seat(greeting);
      },
      ended: (reason) => {
        this.#parts.failedHandshakes.ended(address, reason);
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
    const { clock, logger, limits, failedHandshakes, emit } = this.#parts;
    const { address } = greeting.wire;
    if (!this.#seats.makeRoomFor(address, clock.now())) {
      // It has its header already, so that FULL comes too late.
      logger.info({ address, reason: "full" }, "client turned away at its nickname");
      greeting.wire.finish(limits.lingerMs);
      this.#endVisit();
      return;
    }
    greeting.wire.charges?.enter(this.#accounts);
    const seat: Seat = new Seat(greeting, {
      clock,
      logger,
      limits,
      requestLink: (address, onLink) => this.#tunnelHost.requestLink(address, onLink),
      createLink: (host, events) => this.#createLink(greeting, host, events),
      onInformed: (info) => {
        this.#hostCheck.informed(info);
      },
      onJoined: (client, linkMs) => {
        this.#seats.watchSilence(clock, limits.allSilentMs);
        emit({ type: "joined", client, linkMs });
      },
      onLeft: (client, reason) => {
        this.#seats.delete(seat);
        if (client === undefined) {
          failedHandshakes.ended(address, reason);
        } else {
          emit({ type: "left", client, reason });
        }
      },
      onGone: () => {
        this.#seats.left(seat);
        this.#endVisit();
      },
    });
    this.#seats.add(seat);
  }

  #createLink(greeting: Greeting, host: Wire, events: LinkEvents): Link {
    const { clock, limits, expected } = this.#parts;
    const stallBudgets = this.#stallBudgets;
    const { address } = greeting.wire;
    return new Link(greeting.wire, host, {
      clock,
      limits,
      hello: replayToHost(greeting),
      hostGreeting: new HostGreeting(greeting),
      screen: new CommandScreen({
        expected: { ...expected, said: greeting.said },
        limits,
        nowMs: clock.now(),
        refusesPlay: (nowMs) => greeting.watchesOnly === true || !stallBudgets.mayPlay(address, nowMs),
      }),
      stallBudgets,
      savestateRequests: this.#savestateRequests,
      hostIsStranger: false,
      events,
      asksForPings: greeting.protocol >= FIRST_PROTOCOL_WITH_PINGS,
    });
  }

  #lostHost(reason: LostReason): void {
    this.#parts.emit(reason === "control-silent" ? { type: "hung" } : { type: "lost", reason });
    this.#seats.end("host-lost", (seat) => !seat.isLinked);
  }
}
