import { encodeTurnAway, type ClientOpening, type Info } from "../../netplay/index.ts";
import type { SessionId } from "../../shared/index.ts";
import type { RoomAccounts } from "../budget/index.ts";
import { ClientSlots, type LinkPlan } from "../link/index.ts";
import type { LostReason } from "../gateway-event.ts";
import { decodeOpening } from "../handshake/index.ts";
import { HalfOpenConnections, type MessageReader } from "../net/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { TunnelHost } from "../tunnel/index.ts";
import { readRelayedHostHandshake, relayedHello } from "./relayed-handshake.ts";

export interface RelayedRoomParts extends Omit<GatewayContext, "budget" | "protocolHigh"> {
  readonly sessionId: SessionId;
  /** They pay for what happens in the room. */
  readonly accounts: RoomAccounts;
  /** Slots, the host not counted. */
  readonly maxClients: number;
  readonly idleMs: number;
  /** The room has ended; once. */
  readonly onEnded: () => void;
}

/** A room that a player's own RetroArch hosts, and whose clients come through the gateway. */
export class RelayedRoom {
  readonly ownerAddress: string;
  readonly startedAt: Date;
  readonly slots: ClientSlots;
  readonly #parts: RelayedRoomParts;
  readonly #control: MessageReader;
  readonly #owner: TunnelHost;
  readonly #halfOpen: HalfOpenConnections;
  #info: Info | undefined;
  #ended = false;

  constructor(owner: MessageReader, parts: RelayedRoomParts) {
    const { clock, limits } = parts;
    this.#parts = parts;
    this.#control = owner;
    this.ownerAddress = owner.connection.address;
    this.startedAt = clock.date();
    this.#halfOpen = new HalfOpenConnections(limits.halfOpenPerRoom, limits.halfOpenPerAddress);
    this.#owner = new TunnelHost({
      ...parts,
      isRemote: true,
      onReady: () => undefined,
      onLost: (reason) => {
        this.end(reason);
      },
    });
    this.slots = new ClientSlots({
      ...parts,
      tunnelHost: this.#owner,
      onInformed: (info) => {
        this.#info = info;
      },
    });
  }

  /** Tells the owner its room's id. */
  start(): void {
    this.#control.connection.charges?.enter(this.#parts.accounts);
    this.#owner.takeControl(this.#control);
  }

  /** What the host has told its clients that it has loaded; undefined before the first client. */
  get info(): Info | undefined {
    return this.#info;
  }

  /** A connection that has asked for this room. Its header or POKE follows, which the host answers if there is a slot. */
  async receive(reader: MessageReader): Promise<void> {
    const { clock, limits, accounts, failedHandshakes } = this.#parts;
    const { connection } = reader;
    connection.charges?.enter(accounts);
    this.#halfOpen.add(reader);
    reader.expectBy(reader.acceptedAtMs + limits.openingMs, "opening-timeout");
    const opening = await reader.read(decodeOpening);
    this.#halfOpen.delete(reader);
    if (!opening.ok) {
      reader.destroy(opening.reason);
      return;
    }
    const isKicked = this.slots.isKicked(connection.address);
    const mayTry = !isKicked && failedHandshakes.mayTry(connection.address);
    const client = { reader, acceptedAtMs: clock.now(), handshakeFromMs: reader.acceptedAtMs };
    const isIn = mayTry && this.slots.take(client, this.#plan(opening.value));
    if (!isIn) {
      this.#turnAway(reader, opening.value, isKicked);
    }
  }

  /** False when the host was never asked for this link. */
  link(peer: Buffer, reader: MessageReader): boolean {
    if (!this.#owner.links.expects(peer)) {
      return false;
    }
    reader.connection.charges?.enter(this.#parts.accounts);
    this.#owner.links.link(reader, peer);
    return true;
  }

  end(reason: LostReason | "stopped" | "shutdown"): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#parts.logger.info({ reason, owner: this.ownerAddress }, "relayed room ended");
    this.#owner.close();
    this.#halfOpen.close("session-closed");
    this.slots.end(reason === "stopped" || reason === "shutdown" ? "session-closed" : "host-lost");
    this.#parts.onEnded();
  }

  #turnAway(reader: MessageReader, opening: ClientOpening, isKicked: boolean): void {
    const { logger, limits } = this.#parts;
    const reason = isKicked ? "denied" : "full";
    logger.debug({ address: reader.connection.address, reason }, "client turned away at its header");
    const highest = opening.type === "join" ? opening.header.highestProtocol : 0;
    reader.sendOff(encodeTurnAway(isKicked ? "DENY" : "FULL", highest), limits.lingerMs);
  }

  #plan(opening: ClientOpening): LinkPlan {
    return {
      hello: relayedHello(opening),
      readHostHandshake: (bytes) => readRelayedHostHandshake(opening, bytes),
      expected: undefined,
      watchesOnly: false,
      hostIsRemote: true,
      asksForPings: false,
      idleMs: this.#parts.idleMs,
    };
  }
}
