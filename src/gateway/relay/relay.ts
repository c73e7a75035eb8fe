import { addressGroup, newSessionId, type SessionId } from "../../shared/index.ts";
import type { Info } from "../../netplay/index.ts";
import type { RosterEntry } from "../gateway-event.ts";
import type { MessageReader } from "../net/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { RelayedRoom } from "./relayed-room.ts";

const KIB = 1024;

/** The cores of remote hosts may exchange packets instead of frames, which takes higher rates. */
const RELAYED_RATES = {
  commandsPerSecond: 1_000,
  commandBurst: 4_000,
  bytesPerSecond: 256 * KIB,
  byteBurst: 1024 * KIB,
} as const;

/** A client that does not read holds its host and the room back. RetroArch itself waits as long for a player. */
const RELAYED_NOT_READING_MS = 5_000;

export interface RelaySettings {
  readonly enabled: boolean;
  readonly maxRooms: number;
  /** Of one room, its host not counted. */
  readonly maxClients: number;
  /** After so long without a byte in either direction a link ends. */
  readonly idleMs: number;
}

export interface RelayParts extends Omit<GatewayContext, "protocolHigh"> {
  readonly settings: RelaySettings;
}

/** A relayed room as people see it. */
export interface RelayedRoomInfo {
  readonly sessionId: SessionId;
  readonly ownerAddress: string;
  readonly startedAt: Date;
  /** What its host has told its clients that it has loaded; undefined before the first client. */
  readonly info: Info | undefined;
  readonly roster: readonly RosterEntry[];
}

/** All relayed rooms. */
export class Relay {
  readonly #parts: RelayParts;
  readonly #rooms = new Map<SessionId, RelayedRoom>();

  constructor(parts: RelayParts) {
    const { limits } = parts;
    this.#parts = {
      ...parts,
      limits: {
        ...limits,
        ...RELAYED_RATES,
        notReadingMs: Math.min(limits.notReadingMs, RELAYED_NOT_READING_MS),
      },
    };
  }

  /** A RetroArch that wants its room relayed: gets one, or is closed. */
  host(owner: MessageReader): void {
    const { logger, budget, settings } = this.#parts;
    const refusal = this.#judge(owner.connection.address);
    if (refusal !== undefined) {
      owner.destroy("full");
      logger.info({ owner: owner.connection.address, reason: refusal }, "relayed room refused");
      return;
    }
    const sessionId = newSessionId();
    const room = new RelayedRoom(owner, {
      ...this.#parts,
      ...settings,
      sessionId,
      logger: logger.child({ sessionId }),
      accounts: budget.relayedRoom(addressGroup(owner.connection.address)),
      onEnded: () => {
        this.#rooms.delete(sessionId);
      },
    });
    this.#rooms.set(sessionId, room);
    logger.info({ sessionId, owner: owner.connection.address }, "relayed room opened");
    room.start();
  }

  /** False when no host was asked for this link. */
  link(peer: Buffer, reader: MessageReader): boolean {
    return [...this.#rooms.values()].some((room) => room.link(peer, reader));
  }

  rooms(): RelayedRoomInfo[] {
    return [...this.#rooms].map(([sessionId, room]) => ({
      sessionId,
      ownerAddress: room.ownerAddress,
      startedAt: room.startedAt,
      info: room.info,
      roster: room.slots.roster(),
    }));
  }

  of(sessionId: SessionId): RelayedRoom | undefined {
    return this.#rooms.get(sessionId);
  }

  /** False when there is no such room. */
  end(sessionId: SessionId): boolean {
    const room = this.#rooms.get(sessionId);
    room?.end("stopped");
    return room !== undefined;
  }

  close(): void {
    [...this.#rooms.values()].forEach((room) => {
      room.end("shutdown");
    });
  }

  #judge(address: string): "off" | "max-rooms" | "max-rooms-of-address" | undefined {
    const { settings, limits } = this.#parts;
    if (!settings.enabled) {
      return "off";
    }
    if (this.#rooms.size >= settings.maxRooms) {
      return "max-rooms";
    }
    const key = addressGroup(address);
    const owned = [...this.#rooms.values()].filter((room) => addressGroup(room.ownerAddress) === key);
    return owned.length >= limits.relayedRoomsPerAddress ? "max-rooms-of-address" : undefined;
  }
}
