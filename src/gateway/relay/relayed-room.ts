import { encodeTurnAway, type ClientOpening, type Info } from "../../netplay/index.ts";
import { addressGroup, type Clock, type Logger, type SessionId } from "../../shared/index.ts";
import type { RoomAccounts } from "../budget/index.ts";
import {
  CommandFilter,
  type LinkEvents,
  Link,
  SavestateRequests,
  ClientSlot,
  ClientSlots,
  StallBudgets,
} from "../link/index.ts";
import type { LostReason, RosterEntry } from "../gateway-event.ts";
import {
  type FailedHandshakes,
  decodeRelayedOpening,
  RelayedHostHandshake,
  relayedHello,
} from "../handshake/index.ts";
import { readFirstMessage, type UnreadConnection, HalfOpenList, type Connection } from "../net/index.ts";
import type { GatewayLimits } from "../limits.ts";
import { TunnelHost } from "../tunnel/index.ts";

export interface RelayedRoomParts {
  readonly sessionId: SessionId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: GatewayLimits;
  /** Who pays for what happens here. */
  readonly accounts: RoomAccounts;
  /** Slots, the host not counted. */
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
  readonly #control: UnreadConnection;
  readonly #owner: TunnelHost;
  readonly #slots: ClientSlots;
  readonly #stallBudgets = new StallBudgets();
  readonly #savestateRequests: SavestateRequests;
  readonly #halfOpen: HalfOpenList<Connection>;
  #info: Info | undefined;
  #ended = false;

  constructor(owner: UnreadConnection, parts: RelayedRoomParts) {
    const { sessionId, clock, logger, limits, maxClients } = parts;
    this.#parts = parts;
    this.#slots = new ClientSlots(maxClients, limits, (address) => parts.failedHandshakes.hasFailed(address));
    this.#savestateRequests = new SavestateRequests(clock);
    this.ownerAddress = owner.connection.address;
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
    owner.connection.charges?.enter(parts.accounts);
  }

  /** Tells the owner its room's id. */
  start(): void {
    this.#owner.takeControl(this.#control.connection, this.#control.rest);
  }

  /** What the host has told its clients that it has loaded; undefined before the first client. */
  get info(): Info | undefined {
    return this.#info;
  }

  roster(): RosterEntry[] {
    return this.#slots.roster();
  }

  /** A connection that has asked for this room; the handshake follows on it. */
  receive(unread: UnreadConnection): void {
    const { clock, limits, accounts } = this.#parts;
    const { connection } = unread;
    connection.charges?.enter(accounts);
    this.#halfOpen.add(connection, addressGroup(connection.address))?.destroy();
    void connection.gone.then(() => {
      this.#halfOpen.delete(connection);
    });
    readFirstMessage(unread, clock, {
      deadlineMs: limits.openingMs,
      decode: decodeRelayedOpening,
      onMessage: (opening, opened) => {
        this.#halfOpen.delete(connection);
        this.#admit(opening, opened);
      },
    });
  }

  /** False when the host was never asked for this link. */
  link(peer: Buffer, { connection, rest }: UnreadConnection): boolean {
    if (!this.#owner.expects(peer)) {
      return false;
    }
    connection.charges?.enter(this.#parts.accounts);
    this.#owner.link(connection, peer, rest);
    return true;
  }

  /** Ends the clients of this name and remembers their addresses; false when there is none. */
  kick(nick: string): boolean {
    return this.#slots.kick(nick);
  }

  end(reason: LostReason | "stopped" | "shutdown"): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#parts.logger.info({ reason, owner: this.ownerAddress }, "relayed room ended");
    this.#owner.close();
    this.#halfOpen.members().forEach((connection) => {
      connection.destroy();
    });
    this.#slots.end(reason === "stopped" || reason === "shutdown" ? "session-closed" : "host-lost");
    this.#parts.onEnded();
  }

  #admit(opening: ClientOpening, unread: UnreadConnection): void {
    const { clock, logger, limits, failedHandshakes } = this.#parts;
    const { connection } = unread;
    const isKicked = this.#slots.isKicked(connection.address);
    const mayTry = !isKicked && failedHandshakes.mayTry(connection.address);
    if (mayTry && this.#slots.makeRoomFor(connection.address, clock.now())) {
      this.#slot(opening, unread);
      return;
    }
    const reason = isKicked ? "denied" : "full";
    logger.debug({ address: connection.address, reason }, "client turned away at its header");
    const highest = opening.type === "join" ? opening.header.highestProtocol : 0;
    connection.write(encodeTurnAway(isKicked ? "DENY" : "FULL", highest));
    connection.finish(limits.lingerMs);
  }

  #slot(opening: ClientOpening, unread: UnreadConnection): void {
    const { clock, logger, limits } = this.#parts;
    const client = { ...unread, acceptedAtMs: clock.now() };
    const slot: ClientSlot = new ClientSlot(client, {
      clock,
      logger,
      limits,
      requestLink: (address, onLink) => this.#owner.requestLink(address, onLink),
      createLink: (host, events) => this.#createLink(opening, unread.connection, host, events),
      onInformed: (info) => {
        this.#info = info;
      },
      onJoined: () => undefined,
      onLeft: (client, reason) => {
        this.#slots.delete(slot);
        if (client === undefined) {
          this.#parts.failedHandshakes.ended(unread.connection.address, reason);
        }
      },
      onGone: () => {
        this.#slots.left(slot);
      },
    });
    this.#slots.add(slot);
  }

  #createLink(opening: ClientOpening, client: Connection, host: Connection, events: LinkEvents): Link {
    const { clock, limits, idleMs } = this.#parts;
    const hostHandshake = new RelayedHostHandshake(opening);
    return new Link(client, host, {
      clock,
      limits,
      hello: relayedHello(opening),
      hostHandshake,
      filter: new CommandFilter({
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
