import type { Crc32, Port, Result, SessionId } from "../shared/index.ts";
import { Budget } from "./budget/index.ts";
import type { GatewayEvent, RosterEntry } from "./gateway-event.ts";
import { FailedHandshakes } from "./failed-handshakes.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { DEFAULT_GATEWAY_LIMITS, type GatewayLimits } from "./limits.ts";
import type { ListenFault } from "./net/index.ts";
import { NetplayPort, type NetplayPortOptions } from "./netplay-port/index.ts";
import type { RelayedRoomInfo } from "./relay/index.ts";
import { Room } from "./sessions/index.ts";
import type { TunnelConnection } from "./tunnel/index.ts";

interface OpenRoom {
  readonly sessionId: SessionId;
  /** Address of the public port; `::` takes IPv4 as well, also on a machine without IPv6. */
  readonly host: string;
  /** undefined: none; the session is reached through the netplay port alone. */
  readonly port: Port | undefined;
  /** Slots, spectators included. */
  readonly maxClients: number;
  /** The core's own name for itself, which a client's INFO must carry. */
  readonly core: string;
  /** The content's CRC, which a client's INFO must carry; undefined for cores whose CRC says nothing. */
  readonly crc: Crc32 | undefined;
}

/** The TCP side that faces players. Its interface is plain data, so that it could be a process of its own. */
export interface Gateway {
  /**
   * Binds the session's public port and a loopback port for its host. Clients may come from now on, and wait for the host.
   *
   * @throws Error when the session is open already: a bug of the caller.
   */
  open(room: OpenRoom): Promise<Result<{ readonly tunnelPort: Port }, ListenFault>>;
  /** Ends every connection of the session; resolves when both ports are free. A session that is not open is fine. */
  close(sessionId: SessionId): Promise<void>;
  /** A host that sleeps is not asked for signs of life. */
  setHostAsleep(sessionId: SessionId, asleep: boolean): void;
  /** Whether the session is open and has a slot for this address. */
  hasSlotFor(sessionId: SessionId, address: string): boolean;
  /** Whether the session is open and this address was kicked out of it. */
  isKicked(sessionId: SessionId, address: string): boolean;
  /**
   * Opens the netplay port: for clients that quick-join, clients with a session's id, and hosts that want to be relayed.
   *
   * @throws Error when it was opened before: a bug of the caller.
   */
  openNetplayPort(options: NetplayPortOptions): Promise<Result<Port, ListenFault>>;
  /** Ends relayed rooms and all clients without a room; resolves when the port is free. Not being open is fine. */
  closeNetplayPort(): Promise<void>;
  /** Rooms that players host themselves. */
  relayed(): RelayedRoomInfo[];
  /** Ends a relayed room; false when there is none of this id. */
  endRelayed(sessionId: SessionId): boolean;
  /** Ends the clients of this name and keeps their addresses out of the session; false when there is none. */
  kick(sessionId: SessionId, nick: string): boolean;
  /** The clients in the game, in order of arrival; empty for a session that is not open, and for relayed rooms. */
  roster(sessionId: SessionId): RosterEntry[];
}

interface GatewayParts extends Pick<GatewayContext, "clock" | "logger" | "protocolHigh"> {
  /** Should not throw; what it throws is logged. */
  readonly emit: (event: GatewayEvent) => void;
  readonly limits?: Partial<GatewayLimits>;
  /** Whether a connection to a session's tunnel port comes from its host; must not reject. */
  readonly isHost: (sessionId: SessionId, connection: TunnelConnection) => Promise<boolean>;
}

export function createGateway(parts: GatewayParts): Gateway {
  const context = createContext(parts);
  const rooms = new Map<SessionId, Room>();
  let netplayPort: NetplayPort | undefined;

  return {
    async open(options) {
      const { sessionId, host, port } = options;
      if (rooms.has(sessionId)) {
        throw new Error(`session ${sessionId} is open already`);
      }
      const room = createRoom(options, parts, context);
      rooms.set(sessionId, room);
      const opened = await room.open(host, port);
      if (!opened.ok) {
        rooms.delete(sessionId);
      }
      return opened;
    },

    async close(sessionId) {
      await rooms.get(sessionId)?.close();
      rooms.delete(sessionId);
    },

    setHostAsleep: (sessionId, asleep) => rooms.get(sessionId)?.tunnelHost.setAsleep(asleep),

    hasSlotFor: (sessionId, address) => rooms.get(sessionId)?.hasSlotFor(address) ?? false,

    isKicked: (sessionId, address) => rooms.get(sessionId)?.slots.isKicked(address) ?? false,

    openNetplayPort(options) {
      if (netplayPort !== undefined) {
        throw new Error("the netplay port is open already");
      }
      netplayPort = new NetplayPort({ ...options, ...context, room: (id) => rooms.get(id) });
      return netplayPort.open();
    },

    closeNetplayPort: async () => netplayPort?.close(),

    relayed: () => netplayPort?.relay.rooms() ?? [],

    endRelayed: (sessionId) => netplayPort?.relay.end(sessionId) ?? false,

    kick: (id, nick) => (rooms.get(id) ?? netplayPort?.relay.of(id))?.slots.kick(nick) ?? false,

    roster: (sessionId) => rooms.get(sessionId)?.slots.roster() ?? [],
  };
}

function createContext({ clock, logger, protocolHigh, limits: changed }: GatewayParts): GatewayContext {
  const limits = { ...DEFAULT_GATEWAY_LIMITS, ...changed };
  const budget = new Budget(clock, limits.memoryBytes);
  return {
    clock,
    logger,
    protocolHigh,
    limits,
    budget,
    failedHandshakes: new FailedHandshakes(limits, clock),
  };
}

function createRoom(
  { sessionId, maxClients, core, crc }: OpenRoom,
  { emit, isHost }: GatewayParts,
  context: GatewayContext,
): Room {
  const { logger } = context;
  return new Room({
    ...context,
    sessionId,
    logger: logger.child({ sessionId }),
    maxClients,
    expected: { core, crc },
    isHost: (connection) => isHost(sessionId, connection),
    emit: (event) => {
      try {
        emit({ ...event, sessionId });
      } catch (error) {
        logger.error({ err: error, event: event.type }, "an event's receiver failed: a bug in netplayd");
      }
    },
  });
}
