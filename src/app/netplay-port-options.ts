import type { Config } from "../config.ts";
import type { Gateway, NetplayPortOptions, Matchmaker } from "../gateway/index.ts";
import type { PersistentRooms } from "../persistent-rooms/index.ts";
import { formatAddress, type Clock, type SessionId } from "../shared/index.ts";
import type { Supervisor } from "../supervisor/index.ts";
import { createDaySalt } from "./day-salt.ts";
import {
  createPersistentRoomMatchmaker,
  type PersistentRoomMatchmakerParts,
} from "./persistent-room-matchmaker.ts";
import { createMatchmaker, type FindGame } from "./matchmaker.ts";

/** What those who come by the netplay port are compared with. */
export interface NetplayPortPlayers {
  readonly find: FindGame;
  readonly persistent: PersistentRooms;
  readonly versionOf: PersistentRoomMatchmakerParts["versionOf"];
}

interface Settings {
  readonly config: Config;
  readonly clock: Clock;
}

/** What the netplay port needs to know of sessions and rooms. */
export function netplayPortOptions(
  players: NetplayPortPlayers,
  options: Settings,
  gateway: Gateway,
  supervisor: Supervisor,
): NetplayPortOptions {
  const { persistent, versionOf } = players;
  const { netplay: settings, relay } = options.config;
  const hasSlotFor = (sessionId: SessionId, address: string): boolean =>
    gateway.hasSlotFor(sessionId, address);
  const isKicked = (sessionId: SessionId, address: string): boolean => gateway.isKicked(sessionId, address);
  const canOpen = (id: SessionId): boolean => supervisor.canOpenRoom(id);
  return {
    host: settings.host,
    port: settings.port ?? 0,
    matchmaker: createPublicMatchmaker(players, options, hasSlotFor, supervisor),
    persistent: persistent.all.map((room) => ({
      sessionId: room.id,
      name: room.name,
      matchmaker: createPersistentRoomMatchmaker(room, {
        persistent,
        canOpen,
        hasSlotFor,
        isKicked,
        versionOf,
      }),
      locked:
        room.password === null
          ? undefined
          : { password: room.password, spectatePassword: room.spectatePassword },
    })),
    relay: { ...relay, idleMs: relay.idleSeconds * 1000 },
  };
}

function createPublicMatchmaker(
  { find, persistent }: NetplayPortPlayers,
  { config: { netplay: settings }, clock }: Settings,
  hasSlotFor: (sessionId: SessionId, address: string) => boolean,
  supervisor: Supervisor,
): Matchmaker {
  const hasNamedRoom = (): boolean =>
    supervisor.sessions().some(({ passwordHash }) => passwordHash !== undefined);
  return createMatchmaker({
    find,
    persistent,
    sessions: () => supervisor.sessions(),
    whenOpened: (sessionId) => supervisor.whenOpened(sessionId),
    open: (game, { address, port }, passwordHash) =>
      supervisor.open({
        game,
        requester: formatAddress(address, port),
        asker: { address, isProven: true },
        ownPort: false,
        passwordHash,
      }),
    canOpen: (address) => supervisor.canOpen({ address, isProven: true }),
    hasSlotFor,
    ...(settings.rooms === "password" ? { salt: createDaySalt(clock, hasNamedRoom) } : {}),
  });
}
