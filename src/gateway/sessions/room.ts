import { FIRST_PROTOCOL_WITH_PINGS } from "../../netplay/index.ts";
import { fail, ok, type Port, type Result, type SessionId } from "../../shared/index.ts";
import { ClientSlots, type Expected } from "../link/index.ts";
import type { LostReason, RoomEvent } from "../gateway-event.ts";
import { accept, type Listener, type ListenFault, type MessageReader } from "../net/index.ts";
import { createHostCheck } from "./host-content-check.ts";
import {
  HandshakeServer,
  type IdentifiedClient,
  readHostHandshake,
  replayToHost,
} from "../handshake/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { TunnelHost, TunnelListener, type TunnelConnection } from "../tunnel/index.ts";

export interface RoomParts extends GatewayContext {
  readonly sessionId: SessionId;
  readonly maxClients: number;
  readonly expected: Expected;
  readonly emit: (event: RoomEvent) => void;
  readonly isHost: (connection: TunnelConnection) => Promise<boolean>;
}

/** One session at the gateway: its public port, its tunnel port, and everybody between them. */
export class Room {
  readonly slots: ClientSlots;
  readonly tunnelHost: TunnelHost;
  readonly #parts: RoomParts;
  readonly #handshakes: HandshakeServer;
  readonly #tunnelListener: TunnelListener;
  #listener: Listener | undefined;
  #opening: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  /** Connections that need the host: from a valid header until the host has seen them end. */
  #hostUses = 0;

  constructor(parts: RoomParts) {
    const { logger, limits, budget, expected, emit } = parts;
    this.#parts = parts;
    this.tunnelHost = new TunnelHost({
      ...parts,
      onReady: () => {
        emit({ type: "ready" });
      },
      onLost: (reason) => {
        this.#lostHost(reason);
      },
    });
    this.#tunnelListener = new TunnelListener({ ...parts, host: this.tunnelHost });
    this.slots = new ClientSlots({
      ...parts,
      tunnelHost: this.tunnelHost,
      accounts: budget.ownRoom(),
      allSilentMs: limits.allSilentMs,
      onInformed: createHostCheck(expected, logger, () => {
        emit({ type: "mismatch" });
      }),
      onGone: () => {
        this.#endHostUse();
      },
    });
    this.#handshakes = new HandshakeServer({
      ...parts,
      objection: (address) => this.slots.objection(address),
    });
  }

  /** @param port - undefined: the room is reached through the netplay port alone. */
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

  /** A connection on which a client's handshake is to come. */
  async receive(reader: MessageReader): Promise<void> {
    if (this.#closing !== undefined) {
      reader.destroy("session-closed");
      return;
    }
    const admitted = await this.#handshakes.readHeader(reader);
    if (admitted === undefined) {
      return;
    }
    this.#beginHostUse();
    const client = await this.#handshakes.readNick(admitted);
    if (!client.ok) {
      this.#parts.failedHandshakes.ended(reader.connection.address, client.reason);
      this.#endHostUse();
    } else if (!this.#takeIn(client.value)) {
      // It has its header already, so that FULL comes too late.
      const { logger, limits } = this.#parts;
      logger.info(
        { address: reader.connection.address, reason: "full" },
        "client turned away at its nickname",
      );
      reader.sendOff(Buffer.alloc(0), limits.lingerMs);
      this.#endHostUse();
    }
  }

  /** Whether a client from this address would get a slot now. */
  hasSlotFor(address: string): boolean {
    return this.#closing === undefined && this.slots.objection(address) === undefined;
  }

  /** Gives a slot to a client that has said on the netplay port what it has loaded; false when there is none for it. */
  welcome(client: IdentifiedClient): boolean {
    if (!this.hasSlotFor(client.reader.connection.address)) {
      return false;
    }
    this.#beginHostUse();
    return this.#takeIn(client);
  }

  async #open(
    host: string,
    port: Port | undefined,
  ): Promise<Result<{ readonly tunnelPort: Port }, ListenFault>> {
    const tunnel = await this.#tunnelListener.open();
    if (!tunnel.ok) {
      return fail("address-unavailable");
    }
    if (port !== undefined) {
      const listener = await accept(host, port, this.#parts, (reader) => this.receive(reader));
      if (!listener.ok) {
        await this.#tunnelListener.close();
        return listener;
      }
      this.#listener = listener.value;
    }
    return ok({ tunnelPort: tunnel.value });
  }

  async #close(): Promise<void> {
    await this.#opening;
    const closed = this.#listener?.close();
    this.#handshakes.close();
    this.slots.end("session-closed");
    const tunnelClosed = this.#tunnelListener.close();
    this.tunnelHost.close();
    await Promise.all([closed, tunnelClosed]);
  }

  #beginHostUse(): void {
    if (++this.#hostUses === 1) {
      this.#parts.emit({ type: "wake" });
    }
  }

  #endHostUse(): void {
    if (--this.#hostUses === 0) {
      this.#parts.emit({ type: "empty" });
    }
  }

  /** False when there is no slot for the client. */
  #takeIn(client: IdentifiedClient): boolean {
    return this.slots.take(client, {
      hello: replayToHost(client),
      readHostHandshake: (bytes) => readHostHandshake(client, bytes),
      expected: { ...this.#parts.expected, said: client.said },
      watchesOnly: client.watchesOnly === true,
      hostIsRemote: false,
      asksForPings: client.protocol >= FIRST_PROTOCOL_WITH_PINGS,
    });
  }

  #lostHost(reason: LostReason): void {
    this.#parts.emit(reason === "control-silent" ? { type: "hung" } : { type: "lost", reason });
    this.slots.end("host-lost", (slot) => !slot.isLinked);
  }
}
