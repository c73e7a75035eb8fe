import type { Config } from "../config.ts";
import {
  createDoor,
  type Door,
  type ListenFault,
  type RelayedRoomInfo,
  type RosterEntry,
} from "../door/index.ts";
import { createDaySalt } from "./day-salt.ts";
import { createFixedRoomFinder, type FixedRoomFinderParts } from "./fixed-room-finder.ts";
import type { FixedRoom, FixedRooms, RoomSessions } from "../fixed-rooms/index.ts";
import { createRoomFinder, type FindGame } from "./room-finder.ts";
import { highestProtocol, type RetroArchVersion } from "../retroarch/index.ts";
import {
  fail,
  ok,
  type Clock,
  type Logger,
  type Port,
  type Result,
  type SessionId,
} from "../shared/index.ts";
import {
  createHostLauncher,
  createPortPool,
  Supervisor,
  type DoorCommands,
  type HostedGame,
  type OpenedSession,
  type OpenRefusal,
  type SessionInfo,
  type SessionTimes,
} from "../supervisor/index.ts";

/** Connections that a host may still count while their players are already gone, on top of the seats. */
const LEAVING_CONNECTIONS = 1;

/** From SIGTERM to SIGKILL. RetroArch needs up to 2 s to save and end. */
const KILL_MS = 5000;

/** From the end of a host's connection until its process counts as one that runs on. It ends some milliseconds later when it crashed. */
const LOST_MS = 500;

/** How long a host runs on after its last player, to notice that they left. */
const SETTLE_MS = 1000;

export interface HostingOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retroarch: RetroArchVersion;
  /** Holds one folder for each session. */
  readonly sessionsDir: string;
  /** The operator's. Default: none. */
  readonly rooms?: readonly FixedRoom[];
  /** The first client has joined a session that had none. */
  readonly onPlay?: (game: HostedGame) => void;
}

/** What those who come by the one port are compared with. */
export interface OnePortPlayers {
  readonly find: FindGame;
  readonly fixed: FixedRooms;
  readonly versionOf: FixedRoomFinderParts["versionOf"];
}

/** Sessions with their door: the supervisor and the door joined by their messages. */
export interface Hosting {
  /** Opens a session with a public port of its own. */
  readonly open: (
    game: HostedGame,
    requester: string,
  ) => Promise<Result<OpenedSession & { readonly port: Port }, OpenRefusal>>;
  /** Opens the one port; players who just connect are seated by what they have loaded. */
  readonly openOnePort: (players: OnePortPlayers) => Promise<Result<Port, ListenFault>>;
  readonly roomSessions: RoomSessions;
  readonly relayed: () => RelayedRoomInfo[];
  readonly sessions: () => SessionInfo[];
  readonly isAlive: (sessionId: SessionId) => boolean;
  readonly stop: (sessionId: SessionId) => boolean;
  readonly roster: (sessionId: SessionId) => RosterEntry[];
  readonly kick: (sessionId: SessionId, nick: string) => boolean;
  /** Ends every session; resolves when no host is left. */
  readonly close: () => Promise<void>;
}

export function createHosting(options: HostingOptions): Hosting {
  const { config, clock, logger, retroarch } = options;
  const door = createDoor({
    clock,
    logger,
    limits: { memoryBytes: config.limits.memoryMiB * 1024 * 1024 },
    protocolHigh: () => highestProtocol(retroarch),
    emit: ({ sessionId, type }) => {
      supervisor.dispatch(sessionId, { type });
      const game = supervisor.gameOf(sessionId);
      if (type === "joined" && game !== undefined && door.roster(sessionId).length === 1) {
        options.onPlay?.(game);
      }
    },
  });
  const supervisor = createSupervisor(options, door);
  return {
    async open(game, requester) {
      const opened = await supervisor.open({ game, requester, ownPort: true });
      if (!opened.ok) {
        return opened;
      }
      const { port } = opened.value;
      return port === undefined ? fail("no-port") : ok({ ...opened.value, port });
    },
    openOnePort: (players) => openOnePort(players, options, door, supervisor),
    roomSessions: createRoomSessions(supervisor),
    relayed: () => door.relayed(),
    sessions: () => supervisor.sessions(),
    isAlive: (sessionId) => supervisor.isAlive(sessionId),
    stop: (sessionId) => supervisor.stop(sessionId) || door.endRelayed(sessionId),
    roster: (sessionId) => door.roster(sessionId),
    kick: (sessionId, nick) => door.kick(sessionId, nick),
    async close() {
      await Promise.all([supervisor.close(), door.closeOnePort()]);
    },
  };
}

function createSupervisor(
  { config, clock, logger, sessionsDir, rooms = [] }: HostingOptions,
  door: Door,
): Supervisor {
  return new Supervisor({
    clock,
    logger,
    door: doorCommands(door, config),
    ports: createPortPool(config.sessions.ports),
    launcher: createHostLauncher(sessionsDir, hostSetup(config, rooms), { clock, logger }),
    times: sessionTimes(config),
    maxSessions: config.sessions.max,
    keptPlaces: rooms.filter(({ keep }) => keep === "always").map(({ id }) => id),
  });
}

function createRoomSessions(supervisor: Supervisor): RoomSessions {
  const stages = {
    reserved: "starting",
    starting: "starting",
    standby: "up",
    playing: "up",
    stopping: "ending",
    gone: "ending",
  } as const;
  return {
    current(id) {
      const session = supervisor.session(id);
      return session === undefined ? undefined : { stage: stages[session.state.name], game: session.game };
    },
    open: (game, room, requester) => supervisor.open({ game, room, requester, ownPort: false }),
    whenOpened: (id) => supervisor.whenOpened(id),
    whenGone: (id) => supervisor.whenGone(id),
  };
}

function openOnePort(
  { find, fixed, versionOf }: OnePortPlayers,
  { config: { door: settings, relay }, clock }: HostingOptions,
  door: Door,
  supervisor: Supervisor,
): Promise<Result<Port, ListenFault>> {
  const hasSeatFor = (sessionId: SessionId, address: string): boolean => door.hasSeatFor(sessionId, address);
  const isKicked = (sessionId: SessionId, address: string): boolean => door.isKicked(sessionId, address);
  const canOpenRoom = (id: SessionId): boolean =>
    supervisor.session(id) !== undefined || supervisor.canOpen(id);
  const hasNamedRoom = (): boolean => supervisor.sessions().some(({ word }) => word !== undefined);
  return door.openOnePort({
    host: settings.host,
    port: settings.port ?? 0,
    finder: createRoomFinder({
      find,
      fixed,
      sessions: () => supervisor.sessions(),
      whenOpened: (sessionId) => supervisor.whenOpened(sessionId),
      open: (game, requester, word) => supervisor.open({ game, requester, ownPort: false, word }),
      canOpen: () => supervisor.canOpen(),
      hasSeatFor,
      ...(settings.rooms === "password" ? { salt: createDaySalt(clock, hasNamedRoom) } : {}),
    }),
    fixed: fixed.all.map((room) => ({
      sessionId: room.id,
      name: room.name,
      finder: createFixedRoomFinder(room, { fixed, canOpen: canOpenRoom, hasSeatFor, isKicked, versionOf }),
      locked:
        room.password === null
          ? undefined
          : { password: room.password, spectatePassword: room.spectatePassword },
    })),
    relay: { ...relay, idleMs: relay.idleSeconds * 1000 },
  });
}

function doorCommands(door: Door, config: Config): DoorCommands {
  const { host, maxClients } = config.sessions;
  return {
    open: (sessionId, port, { game: { core, crc }, room }) =>
      door.open({
        sessionId,
        host,
        port,
        maxClients: room?.maxClients ?? maxClients,
        core: core.name,
        crc: core.match === "name" || crc === 0 ? undefined : crc,
      }),
    close: (sessionId) => door.close(sessionId),
  };
}

function hostSetup(
  { retroarch, sessions }: Config,
  rooms: readonly FixedRoom[],
): Parameters<typeof createHostLauncher>[1] {
  return {
    binary: retroarch.binary,
    infoDir: retroarch.info,
    systemDir: retroarch.system,
    // The door counts the seats of each; a host just has to have as many.
    maxConnections:
      Math.max(sessions.maxClients, ...rooms.map(({ maxClients }) => maxClients)) + LEAVING_CONNECTIONS,
  };
}

function sessionTimes({ sessions }: Config): SessionTimes {
  return {
    startMs: sessions.startSeconds * 1000,
    idleMs: sessions.idleSeconds * 1000,
    killMs: KILL_MS,
    lostMs: LOST_MS,
    settleMs: SETTLE_MS,
    freeze: sessions.freeze,
  };
}
