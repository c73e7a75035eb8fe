import type { HostedGame } from "../game.ts";
import path from "node:path";
import type { Config } from "../config.ts";
import {
  createGateway,
  type Gateway,
  type GatewayEvent,
  type RelayedRoomInfo,
  type RosterEntry,
} from "../gateway/index.ts";
import { fileStamp } from "./file-stamp.ts";
import { createRoomSessions } from "./room-sessions.ts";
import type { PersistentRoom } from "../room-config.ts";
import { highestProtocol, type RetroArchVersion } from "../retroarch/index.ts";
import { holdsConnection, type LocalConnection } from "../processes/index.ts";
import {
  describeError,
  sessionDirectoryName,
  type Clock,
  type Logger,
  type SessionId,
} from "../shared/index.ts";
import { createPortPool, Host, Supervisor, type HostSetup, type SessionInfo } from "../supervisor/index.ts";

/** Connections that a host may still count while their players are already gone, on top of the slots. */
const LEAVING_CONNECTIONS = 1;

/** From SIGTERM to SIGKILL. RetroArch needs up to 2 s to save and end. */
const KILL_MS = 5000;

/** From the end of a host's connection until its process counts as one that runs on. It ends some milliseconds later when it crashed. */
const LOST_MS = 500;

/** What a stock client takes at the most from its first byte to the game. The gateway gives it no longer. */
const HANDSHAKE_MS = 15_000;

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
  readonly rooms?: readonly PersistentRoom[];
  /** A host is asked what it has loaded, so that whatever it announces is right. Default false. */
  readonly isTrial?: boolean;
  /** The first client has joined a session that had none. */
  readonly onPlay?: (game: HostedGame) => void;
}

/** Sessions with their gateway: the supervisor and the gateway joined by their messages. */
export interface Hosting {
  readonly open: Supervisor["openRequested"];
  /** Whether a request has to be repeated before a session is opened for it. */
  readonly isUnderPressure: () => boolean;
  readonly gateway: Pick<Gateway, "openNetplayPort">;
  readonly roomSessions: ReturnType<typeof createRoomSessions>;
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
  const gateway = createGateway({
    clock,
    logger,
    protocolHigh: () => highestProtocol(retroarch),
    isHost: (sessionId, connection) => isHost(supervisor, sessionId, connection, logger),
    limits: {
      clientsPerAddress: config.sessions.clientsPerAddress,
      memoryBytes: config.limits.memoryMiB * 1024 * 1024,
    },
    emit: (event) => {
      hear(event, options, gateway, supervisor);
    },
  });
  const supervisor = createSupervisor(options, gateway);
  return {
    open: (game, requester) => supervisor.openRequested(game, requester),
    isUnderPressure: () => supervisor.isUnderPressure,
    gateway,
    roomSessions: createRoomSessions(supervisor, gateway),
    relayed: () => gateway.relayed(),
    sessions: () => supervisor.sessions(),
    isAlive: (sessionId) => supervisor.isAlive(sessionId),
    stop: (sessionId) => supervisor.stop(sessionId) || gateway.endRelayed(sessionId),
    roster: (sessionId) => gateway.roster(sessionId),
    kick: (sessionId, nick) => gateway.kick(sessionId, nick),
    async close() {
      await Promise.all([supervisor.close(), gateway.closeNetplayPort()]);
    },
  };
}

function hear(
  { sessionId, type }: GatewayEvent,
  { isTrial = false, onPlay }: HostingOptions,
  gateway: Gateway,
  supervisor: Supervisor,
): void {
  if (type === "mismatch" && isTrial) {
    return;
  }
  supervisor.dispatch(sessionId, { type });
  const game = supervisor.session(sessionId)?.game;
  if (type === "joined" && game !== undefined && gateway.roster(sessionId).length === 1) {
    onPlay?.(game);
  }
}

/** Anybody on this machine may dial a tunnel port. Only the session's own host is let in. */
async function isHost(
  supervisor: Supervisor,
  sessionId: SessionId,
  connection: LocalConnection,
  logger: Logger,
): Promise<boolean> {
  const pid = await supervisor.hostPid(sessionId);
  try {
    return pid !== undefined && (await holdsConnection(pid, connection));
  } catch (error) {
    logger.error(
      { sessionId, error: describeError(error) },
      "/proc does not tell whose connections these are: no game can be hosted",
    );
    return false;
  }
}

function createSupervisor(
  { config, clock, logger, sessionsDir, rooms = [] }: HostingOptions,
  gateway: Gateway,
): Supervisor {
  const setup = hostSetup(config, rooms);
  return new Supervisor({
    clock,
    logger,
    gateway,
    host: config.sessions.host,
    maxClients: config.sessions.maxClients,
    ports: createPortPool(config.sessions.ports),
    createHost: (id, game) =>
      new Host(path.join(sessionsDir, sessionDirectoryName(id)), game, setup, { clock, logger }),
    times: sessionTimes(config),
    admission: {
      maxSessions: config.sessions.max,
      perAddress: config.sessions.perAddress ?? Math.ceil((config.sessions.max * 3) / 4),
      unjoinedPerAddress: config.sessions.unjoinedPerAddress,
    },
    stampOf: ({ core, content }) => `${fileStamp(core.library)} ${fileStamp(content)}`,
    keptPlaces: rooms.filter(({ keep }) => keep === "always").map(({ id }) => id),
  });
}

function hostSetup({ retroarch, sessions }: Config, rooms: readonly PersistentRoom[]): HostSetup {
  return {
    binary: retroarch.binary,
    infoDir: retroarch.info,
    systemDir: retroarch.system,
    // The gateway counts the slots of each; a host just has to have as many.
    maxConnections:
      Math.max(sessions.maxClients, ...rooms.map(({ maxClients }) => maxClients)) + LEAVING_CONNECTIONS,
  };
}

function sessionTimes({ sessions }: Config): ConstructorParameters<typeof Supervisor>[0]["times"] {
  return {
    startMs: sessions.startSeconds * 1000,
    idleMs: sessions.idleSeconds * 1000,
    handshakeMs: HANDSHAKE_MS,
    killMs: KILL_MS,
    lostMs: LOST_MS,
    settleMs: SETTLE_MS,
    freeze: sessions.freeze,
  };
}
