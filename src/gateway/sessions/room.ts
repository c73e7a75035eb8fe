import { FIRST_PROTOCOL_WITH_PINGS, negotiateProtocol, type ClientHeader } from "../../netplay/index.ts";
import type { Clock, Logger, Port, Result, SessionId } from "../../shared/index.ts";
import type { Budget, RoomAccounts } from "../budget/index.ts";
import {
  CommandFilter,
  type Expected,
  type LinkEvents,
  Link,
  SavestateRequests,
  ClientSlot,
  ClientSlots,
  StallBudgets,
} from "../link/index.ts";
import type { LostReason, RoomEvent, RosterEntry } from "../gateway-event.ts";
import type { UnreadConnection, ListenFault, Connection } from "../net/index.ts";
import { HostCheck } from "./host-check.ts";
import {
  type FailedHandshakes,
  HostHandshake,
  replayToHost,
  HandshakeServer,
  type ClientAdmission,
  type IdentifiedClient,
  type HostUse,
} from "../handshake/index.ts";
import type { GatewayLimits } from "../limits.ts";
import { RoomListeners } from "./room-listeners.ts";
import { TunnelHost, TunnelListener, type TunnelConnection } from "../tunnel/index.ts";

export interface RoomParts {
  readonly sessionId: SessionId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: GatewayLimits;
  readonly budget: Budget;
  readonly protocolHigh: () => number;
  readonly maxClients: number;
  readonly failedHandshakes: FailedHandshakes;
  readonly expected: Expected;
  readonly emit: (event: RoomEvent) => void;
  readonly isHost: (connection: TunnelConnection) => Promise<boolean>;
}

/** One session at the gateway: its public port, its tunnel port, and everybody between them. */
export class Room {
  readonly #parts: RoomParts;
  readonly #handshakes: HandshakeServer;
  readonly #tunnelHost: TunnelHost;
  readonly #accounts: RoomAccounts;
  readonly #slots: ClientSlots;
  readonly #stallBudgets = new StallBudgets();
  readonly #savestateRequests: SavestateRequests;
  readonly #listeners: RoomListeners;
  readonly #tunnelListener: TunnelListener;
  readonly #hostCheck: HostCheck;
  #opening: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  /** Connections that need the host: from a valid header until the host has seen them end. */
  #hostUses = 0;

  constructor(parts: RoomParts) {
    this.#parts = parts;
    this.#accounts = parts.budget.ownRoom();
    const { sessionId, clock, logger, limits, protocolHigh, maxClients, emit, isHost } = parts;
    this.#slots = new ClientSlots(maxClients, limits, (address) => parts.failedHandshakes.hasFailed(address));
    this.#savestateRequests = new SavestateRequests(clock);
    const admit = (header: ClientHeader, address: string): ClientAdmission => this.#admit(header, address);
    this.#handshakes = new HandshakeServer({ clock, logger, limits, protocolHigh, admit });
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
    this.#tunnelListener = new TunnelListener({
      clock,
      logger,
      limits,
      isHost,
      onMessage: (connection, message, rest) => {
        this.#tunnelHost.receive(connection, message, rest);
      },
    });
  }

  #createListeners(): RoomListeners {
    return new RoomListeners({
      ...this.#parts,
      onClient: (unread) => {
        this.#handshakes.accept(unread);
      },
      onTunnel: (connection, localPort) => {
        this.#tunnelListener.accept(connection, localPort);
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
  receive(unread: UnreadConnection): void {
    if (this.#closing === undefined) {
      this.#handshakes.accept(unread);
    } else {
      unread.connection.destroy();
    }
  }

  /** Whether somebody from this address would be let in now. */
  hasSlotFor(address: string): boolean {
    return this.#closing === undefined && this.#judge(address) === undefined;
  }

  isKicked(address: string): boolean {
    return this.#slots.isKicked(address);
  }

  /** Gives a slot to a client that has said on the netplay port what it has loaded; false when there is none for it. */
  welcome(client: IdentifiedClient): boolean {
    if (!this.hasSlotFor(client.connection.address)) {
      return false;
    }
    this.#beginHostUse(client.connection.address).identified(client);
    return true;
  }

  /** Ends the clients of this name and remembers their addresses; false when there is none. */
  kick(nick: string): boolean {
    return this.#slots.kick(nick);
  }

  /** The clients that are in the game, in order of arrival. */
  roster(): RosterEntry[] {
    return this.#slots.roster();
  }

  async #close(): Promise<void> {
    await this.#opening;
    const closed = this.#listeners.close();
    this.#handshakes.close();
    this.#slots.end("session-closed");
    this.#tunnelListener.close();
    this.#tunnelHost.close();
    await closed;
  }

  #admit(header: ClientHeader, address: string): ClientAdmission {
    const mayTry = this.#parts.failedHandshakes.mayTry(address);
    const objection = this.#judge(address) ?? (mayTry ? undefined : "full");
    if (objection !== undefined) {
      return { type: objection };
    }
    const protocol = negotiateProtocol(header, this.#parts.protocolHigh());
    return protocol === undefined
      ? { type: "old-protocol" }
      : { type: "welcome", protocol, hostUse: this.#beginHostUse(address) };
  }

  #judge(address: string): "denied" | "full" | undefined {
    return this.#slots.objection(address, this.#parts.clock.now());
  }

  #beginHostUse(address: string): HostUse {
    if (++this.#hostUses === 1) {
      this.#parts.emit({ type: "wake" });
    }
    return {
      identified: (client) => {
        this.#slot(client);
      },
      ended: (reason) => {
        this.#parts.failedHandshakes.ended(address, reason);
        this.#endHostUse();
      },
    };
  }

  #endHostUse(): void {
    if (--this.#hostUses === 0) {
      this.#parts.emit({ type: "empty" });
    }
  }

  #slot(client: IdentifiedClient): void {
    const { clock, logger, limits, failedHandshakes, emit } = this.#parts;
    const { address } = client.connection;
    if (!this.#slots.makeRoomFor(address, clock.now())) {
      // It has its header already, so that FULL comes too late.
      logger.info({ address, reason: "full" }, "client turned away at its nickname");
      client.connection.finish(limits.lingerMs);
      this.#endHostUse();
      return;
    }
    client.connection.charges?.enter(this.#accounts);
    const slot: ClientSlot = new ClientSlot(client, {
      clock,
      logger,
      limits,
      requestLink: (address, onLink) => this.#tunnelHost.requestLink(address, onLink),
      createLink: (host, events) => this.#createLink(client, host, events),
      onInformed: (info) => {
        this.#hostCheck.informed(info);
      },
      onJoined: (client, linkMs) => {
        this.#slots.watchSilence(clock, limits.allSilentMs);
        emit({ type: "joined", client, linkMs });
      },
      onLeft: (client, reason) => {
        this.#slots.delete(slot);
        if (client === undefined) {
          failedHandshakes.ended(address, reason);
        } else {
          emit({ type: "left", client, reason });
        }
      },
      onGone: () => {
        this.#slots.left(slot);
        this.#endHostUse();
      },
    });
    this.#slots.add(slot);
  }

  #createLink(client: IdentifiedClient, host: Connection, events: LinkEvents): Link {
    const { clock, limits, expected } = this.#parts;
    const stallBudgets = this.#stallBudgets;
    const { address } = client.connection;
    return new Link(client.connection, host, {
      clock,
      limits,
      hello: replayToHost(client),
      hostHandshake: new HostHandshake(client),
      filter: new CommandFilter({
        expected: { ...expected, said: client.said },
        limits,
        nowMs: clock.now(),
        refusesPlay: (nowMs) => client.watchesOnly === true || !stallBudgets.mayPlay(address, nowMs),
      }),
      stallBudgets,
      savestateRequests: this.#savestateRequests,
      hostIsStranger: false,
      events,
      asksForPings: client.protocol >= FIRST_PROTOCOL_WITH_PINGS,
    });
  }

  #lostHost(reason: LostReason): void {
    this.#parts.emit(reason === "control-silent" ? { type: "hung" } : { type: "lost", reason });
    this.#slots.end("host-lost", (slot) => !slot.isLinked);
  }
}
