import type { Matchmaker } from "../../join-request.ts";
import {
  addressGroup,
  ok,
  sessionIdFromBytes,
  TokenBuckets,
  type Port,
  type Result,
  type SessionId,
} from "../../shared/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { IdentifiedClient } from "../handshake/index.ts";
import {
  accept,
  HalfOpenConnections,
  type Listener,
  type ListenFault,
  type MessageReader,
} from "../net/index.ts";
import { createQuickJoins, type PersistentRoomEntry } from "./create-quick-joins.ts";
import { decodeOpeningBytes } from "./opening-bytes.ts";
import type { QuickJoin } from "./quick-join.ts";
import { Relay, type RelaySettings } from "../relay/index.ts";

export interface NetplayPortOptions {
  /** `::` takes IPv4 as well. */
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  readonly matchmaker: Omit<Matchmaker, "loaded">;
  readonly persistent: readonly PersistentRoomEntry[];
  readonly relay: RelaySettings;
}

export interface NetplayPortParts extends NetplayPortOptions, GatewayContext {
  /** The rooms of sessions. */
  readonly room: (sessionId: SessionId) => SessionRoom | undefined;
}

interface SessionRoom {
  receive(reader: MessageReader): Promise<void>;
  welcome(client: IdentifiedClient): boolean;
}

/** Addresses whose guesses are remembered. */
const MAX_GUESSERS = 10_000;

/** The one port for everybody. The first bytes of a connection say what it is for. */
export class NetplayPort {
  readonly relay: Relay;
  readonly #parts: NetplayPortParts;
  /** Ids of sessions and passwords that an address has tried in vain. */
  readonly #guesses: TokenBuckets;
  readonly #quickJoin: QuickJoin;
  readonly #persistent: ReadonlyMap<SessionId, QuickJoin>;
  readonly #halfOpen: HalfOpenConnections;
  #listener: Listener | undefined;

  constructor(parts: NetplayPortParts) {
    const { limits } = parts;
    const { guessesPerSecond: perSecond, guessBurst: burst } = limits;
    this.#parts = parts;
    this.#guesses = new TokenBuckets({ perSecond, burst }, MAX_GUESSERS);
    this.relay = new Relay({ ...parts, settings: parts.relay });
    const { quickJoin, persistent } = createQuickJoins(parts, this.#guesses);
    this.#quickJoin = quickJoin;
    this.#persistent = persistent;
    this.#halfOpen = new HalfOpenConnections(limits.halfOpenPort, limits.halfOpenPerAddress);
  }

  async open(): Promise<Result<Port, ListenFault>> {
    const { host, port } = this.#parts;
    const listener = await accept(host, port, this.#parts, (reader) => this.#receive(reader));
    if (!listener.ok) {
      return listener;
    }
    this.#listener = listener.value;
    return ok(listener.value.port);
  }

  /** Ends relayed rooms and all clients without a room; resolves when the port is free and everybody from it is gone. */
  async close(): Promise<void> {
    const closed = this.#listener?.close();
    this.#halfOpen.close("gateway-closed");
    [this.#quickJoin, ...this.#persistent.values()].forEach((quickJoin) => {
      quickJoin.close();
    });
    this.relay.close();
    await closed;
  }

  async #receive(reader: MessageReader): Promise<void> {
    this.#halfOpen.add(reader);
    reader.expectBy(reader.acceptedAtMs + this.#parts.limits.openingMs, "opening-timeout");
    const opening = await reader.read(decodeOpeningBytes);
    this.#halfOpen.delete(reader);
    if (!opening.ok) {
      reader.destroy(opening.reason);
      return;
    }
    const { value } = opening;
    switch (value.type) {
      case "netplay":
        await this.#quickJoin.receive(reader);
        return;
      case "host":
        this.relay.host(reader);
        return;
      case "join":
        this.#try(reader, () => this.#join(value.id, reader), "a session that does not exist was asked for");
        return;
      case "link":
        this.#try(
          reader,
          () => this.relay.link(value.peer, reader),
          "a link that was not asked for was offered",
        );
    }
  }

  /** False when there is no such session. */
  #join(id: Buffer, reader: MessageReader): boolean {
    const sessionId = sessionIdFromBytes(id);
    if (sessionId === undefined) {
      return false;
    }
    const room = this.#persistent.get(sessionId) ?? this.#parts.room(sessionId) ?? this.relay.of(sessionId);
    if (room !== undefined) {
      reader.run(room.receive(reader));
    }
    return room !== undefined;
  }

  /** An id is all that a connection needs to show. A miss counts against its address. */
  #try(reader: MessageReader, hits: () => boolean, missed: string): void {
    const { clock, logger } = this.#parts;
    const { address } = reader.connection;
    const key = addressGroup(address);
    const nowMs = clock.now();
    if (!this.#guesses.has(key, nowMs)) {
      reader.destroy("too-many-guesses");
    } else if (!hits()) {
      this.#guesses.take(key, nowMs);
      reader.destroy("unexpected-command");
      logger.info({ address }, missed);
    }
  }
}
