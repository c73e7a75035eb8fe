import { encodeTurnAway, type ClientOpening, type Info } from "../netplay/index.ts";
import { addressGroup, type Clock, type Logger, type SessionId } from "../shared/index.ts";
import type { RoomAccounts } from "./budget/index.ts";
import { CommandScreen } from "./command-screen.ts";
import type { LostReason, RosterEntry } from "./door-event.ts";
import type { FailedHandshakes } from "./failed-handshakes.ts";
import { receiveGreeting, type Arrived } from "./greeting.ts";
import { HalfOpenList } from "./half-open.ts";
import type { DoorLimits } from "./limits.ts";
import type { LinkEvents } from "./link-events.ts";
import { Link } from "./link.ts";
import { decodeRelayedOpening, RelayedGreeting, relayedHello } from "./relayed-greeting.ts";
import { SavestateRequests } from "./savestate-requests.ts";
import { Seat } from "./seat.ts";
import { Seats } from "./seats.ts";
import { StallBudgets } from "./stall-budgets.ts";
import { TunnelHost } from "./tunnel-host.ts";
import type { Wire } from "./wire.ts";

export interface RelayedRoomParts {
  readonly sessionId: SessionId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: DoorLimits;
  /** Who pays for what happens here. */
  readonly accounts: RoomAccounts;
  /** Seats, the host not counted. */
  readonly maxClients: number;
  readonly failedHandshakes: FailedHandshakes;
  readonly idleMs: number;
  /** The room has ended; once. */
  readonly onEnded: () => void;
}

/** A room that a player's own RetroArch hosts, for clients that reach it through us. Nothing is known of that host. */
export class RelayedRoom {
  readonly ownerAddress: string;
  readonly startedAt: Date;
  readonly #parts: RelayedRoomParts;
  readonly #control: Arrived;
  readonly #owner: TunnelHost;
  readonly #seats: Seats;
  readonly #stallBudgets = new StallBudgets();
  readonly #savestateRequests: SavestateRequests;
  readonly #halfOpen: HalfOpenList<Wire>;
  #info: Info | undefined;
  #ended = false;

  constructor(owner: Arrived, parts: RelayedRoomParts) {
    const { sessionId, clock, logger, limits, maxClients } = parts;
    this.#parts = parts;
    this.#seats = new Seats(maxClients, limits);
    this.#savestateRequests = new SavestateRequests(clock);
    this.ownerAddress = owner.wire.address;
    this.startedAt = clock.date();
    this.#halfOpen = new HalfOpenList(limits.halfOpenPerRoom, limits.halfOpenPerAddress);
    this.#owner = new TunnelHost({
      sessionId,
      clock,
      logger,
      limits,
      isRemote: true,
      onReady: () => undefined,
      onLost: (reason) => {
        this.end(reason);
      },
    });
    this.#control = owner;
    owner.wire.charges?.enter(parts.accounts);
  }

  /** Tells the owner its room's id. */
  start(): void {
    this.#owner.takeControl(this.#control.wire, this.#control.rest);
  }

  /** What the host has told its clients that it has loaded; undefined before the first client. */
  get info(): Info | undefined {
    return this.#info;
  }

  roster(): RosterEntry[] {
    return this.#seats.roster();
  }

  /** A connection that has asked for this room; the handshake follows on it. */
  receive(arrived: Arrived): void {
    const { clock, limits, accounts } = this.#parts;
    const { wire } = arrived;
    wire.charges?.enter(accounts);
    this.#halfOpen.add(wire, addressGroup(wire.address))?.destroy();
    void wire.gone.then(() => {
      this.#halfOpen.delete(wire);
    });
    receiveGreeting(arrived, clock, {
      deadlineMs: limits.greetingMs,
      decode: decodeRelayedOpening,
      onMessage: (opening, opened) => {
        this.#halfOpen.delete(wire);
        this.#admit(opening, opened);
      },
    });
  }

  /** False when the host was never asked for this link. */
  link(peer: Buffer, { wire, rest }: Arrived): boolean {
    if (!this.#owner.expects(peer)) {
      return false;
    }
    wire.charges?.enter(this.#parts.accounts);
    this.#owner.link(wire, peer, rest);
    return true;
  }

  /** Ends the clients of this name and remembers their addresses; false when there is none. */
  kick(nick: string): boolean {
    return this.#seats.kick(nick);
  }

  end(reason: LostReason | "stopped" | "shutdown"): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#parts.logger.info({ reason, owner: this.ownerAddress }, "relayed room ended");
    this.#owner.close();
    this.#halfOpen.members().forEach((wire) => {
      wire.destroy();
    });
    this.#seats.end(reason === "stopped" || reason === "shutdown" ? "session-closed" : "host-lost");
    this.#parts.onEnded();
  }

  #admit(opening: ClientOpening, arrived: Arrived): void {
    const { clock, logger, limits, failedHandshakes } = this.#parts;
    const { wire } = arrived;
    const isKicked = this.#seats.isKicked(wire.address);
    const mayTry = !isKicked && failedHandshakes.mayTry(wire.address);
    if (mayTry && this.#seats.makeRoomFor(wire.address, clock.now())) {
      this.#seat(opening, arrived);
      return;
    }
    const reason = isKicked ? "denied" : "full";
    logger.debug({ address: wire.address, reason }, "client turned away at its header");
    const highest = opening.type === "join" ? opening.header.highestProtocol : 0;
    wire.write(encodeTurnAway(isKicked ? "DENY" : "FULL", highest));
    wire.finish(limits.lingerMs);
  }

  #seat(opening: ClientOpening, arrived: Arrived): void {
    const { clock, logger, limits } = this.#parts;
    const guest = { ...arrived, acceptedAtMs: clock.now() };
    const seat: Seat = new Seat(guest, {
      clock,
      logger,
      limits,
      requestLink: (address, onLink) => this.#owner.requestLink(address, onLink),
      createLink: (host, events) => this.#createLink(opening, arrived.wire, host, events),
      onInformed: (info) => {
        this.#info = info;
      },
      onJoined: () => undefined,
      onLeft: (client, reason) => {
        this.#seats.delete(seat);
        if (client === undefined) {
          this.#parts.failedHandshakes.ended(arrived.wire.address, reason);
        }
      },
      onGone: () => {
        this.#seats.left(seat);
      },
    });
    this.#seats.add(seat);
  }

  #createLink(opening: ClientOpening, client: Wire, host: Wire, events: LinkEvents): Link {
    const { clock, limits, idleMs } = this.#parts;
    const hostGreeting = new RelayedGreeting(opening);
    return new Link(client, host, {
      clock,
      limits,
      hello: relayedHello(opening),
      hostGreeting,
      screen: new CommandScreen({
        expected: undefined,
        limits,
        nowMs: clock.now(),
        refusesPlay: (nowMs) => !this.#stallBudgets.mayPlay(client.address, nowMs),
      }),
      stallBudgets: this.#stallBudgets,
      savestateRequests: this.#savestateRequests,
      hostIsStranger: true,
      events: {
        ...events,
        hostSpoke: () => {
          this.#owner.heard();
        },
      },
      idleMs,
    });
  }
}
