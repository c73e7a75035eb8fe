import type { Config } from "../config.ts";
import type { Door, OnePortOptions, RoomFinder } from "../door/index.ts";
import type { FixedRooms } from "../fixed-rooms/index.ts";
import { formatAddress, type Clock, type SessionId } from "../shared/index.ts";
import type { Supervisor } from "../supervisor/index.ts";
import { createDaySalt } from "./day-salt.ts";
import { createFixedRoomFinder, type FixedRoomFinderParts } from "./fixed-room-finder.ts";
import { createRoomFinder, type FindGame } from "./room-finder.ts";

/** What those who come by the netplay port are compared with. */
export interface OnePortPlayers {
  readonly find: FindGame;
  readonly fixed: FixedRooms;
  readonly versionOf: FixedRoomFinderParts["versionOf"];
}

interface Settings {
  readonly config: Config;
  readonly clock: Clock;
}

/** What the netplay port needs to know of sessions and rooms. */
export function onePortOptions(
  players: OnePortPlayers,
  options: Settings,
  door: Door,
  supervisor: Supervisor,
): OnePortOptions {
  const { fixed, versionOf } = players;
  const { netplay: settings, relay } = options.config;
  const hasSeatFor = (sessionId: SessionId, address: string): boolean => door.hasSeatFor(sessionId, address);
  const isKicked = (sessionId: SessionId, address: string): boolean => door.isKicked(sessionId, address);
  const canOpen = (id: SessionId): boolean => supervisor.canOpenRoom(id);
  return {
    host: settings.host,
    port: settings.port ?? 0,
    finder: createPublicFinder(players, options, hasSeatFor, supervisor),
    fixed: fixed.all.map((room) => ({
      sessionId: room.id,
      name: room.name,
      finder: createFixedRoomFinder(room, { fixed, canOpen, hasSeatFor, isKicked, versionOf }),
      locked:
        room.password === null
          ? undefined
          : { password: room.password, spectatePassword: room.spectatePassword },
    })),
    relay: { ...relay, idleMs: relay.idleSeconds * 1000 },
  };
}

function createPublicFinder(
  { find, fixed }: OnePortPlayers,
  { config: { netplay: settings }, clock }: Settings,
  hasSeatFor: (sessionId: SessionId, address: string) => boolean,
  supervisor: Supervisor,
): RoomFinder {
  const hasNamedRoom = (): boolean => supervisor.sessions().some(({ word }) => word !== undefined);
  return createRoomFinder({
    find,
    fixed,
    sessions: () => supervisor.sessions(),
    whenOpened: (sessionId) => supervisor.whenOpened(sessionId),
    open: (game, { address, port }, word) =>
      supervisor.open({
        game,
        requester: formatAddress(address, port),
        asker: { address, isProven: true },
        ownPort: false,
        word,
      }),
    canOpen: (address) => supervisor.canOpen({ address, isProven: true }),
    hasSeatFor,
    ...(settings.rooms === "password" ? { salt: createDaySalt(clock, hasNamedRoom) } : {}),
  });
}
