import type { Crc32, Logger, Port, Result, SessionId } from "../shared/index.ts";
import type { PortPool } from "./port-pool.ts";

interface WantedRoom {
  readonly sessionId: SessionId;
  /** Client slots, spectators included. */
  readonly maxClients: number;
  readonly core: string;
  /** Undefined: any will do. */
  readonly crc: Crc32 | undefined;
}

/** What the supervisor asks of the gateway. */
interface GatewayCommands {
  /** Binds the session's public port, if it shall have one, and a loopback port for its host. */
  open(
    room: WantedRoom & { readonly host: string; readonly port: Port | undefined },
  ): Promise<Result<{ readonly tunnelPort: Port }, "port-in-use" | "address-unavailable">>;
  /** A host that sleeps is not asked for signs of life; one that hosts is from its RATS on. */
  setHostAsleep(sessionId: SessionId, asleep: boolean): void;
  /** Ends every connection of the session; resolves when both ports are free. A session that is not open is fine. */
  close(sessionId: SessionId): Promise<void>;
}

export interface GatewayParts {
  readonly gateway: GatewayCommands;
  readonly logger: Logger;
  readonly ports: PortPool;
  /** Address of the public ports. */
  readonly host: string;
}

export interface RoomPorts {
  /** Undefined for a session that is reached through the netplay port alone. */
  readonly port: Port | undefined;
  readonly tunnelPort: Port;
}

/** Opens a session's room in the gateway. Undefined: no public port can be bound. */
export async function openInGateway(
  wanted: WantedRoom,
  ownPort: boolean,
  { gateway, logger, ports, host }: GatewayParts,
): Promise<RoomPorts | undefined> {
  const { sessionId } = wanted;
  const unusable: Port[] = [];
  try {
    for (const port of ownPort ? reserveEach(ports) : [undefined]) {
      const opened = await gateway.open({ ...wanted, host, port });
      if (opened.ok) {
        return { port, tunnelPort: opened.value.tunnelPort };
      }
      if (port !== undefined) {
        const { reason } = opened;
        logger.warn({ sessionId, port, reason }, "a port of sessions.ports cannot be used");
        unusable.push(port);
      }
      if (opened.reason === "address-unavailable") {
        break;
      }
    }
    return undefined;
  } finally {
    unusable.forEach((port) => {
      ports.release(port);
    });
  }
}

function* reserveEach(ports: PortPool): Generator<Port> {
  for (let port = ports.reserve(); port !== undefined; port = ports.reserve()) {
    yield port;
  }
}
