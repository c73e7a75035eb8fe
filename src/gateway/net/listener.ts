import { createServer, type Server, type Socket } from "node:net";
import {
  describeError,
  fail,
  hasErrorCode,
  ok,
  toPort,
  type Clock,
  type Logger,
  type Port,
  type Result,
} from "../../shared/index.ts";
import type { Budget } from "../budget/index.ts";
import { Connection } from "./connection.ts";
import { MessageReader } from "./message-reader.ts";
import { canBeLean, leanSocket } from "./lean-socket.ts";

export interface Listener {
  readonly port: Port;
  /** Accepts no more connections; resolves when the last connection is gone, and with it the port free. */
  close(): Promise<void>;
}

/** Connections that may wait for accept. It is large so that a crowd does not push a player out. */
const BACKLOG = 4096;

export type ListenFault = "port-in-use" | "address-unavailable";

/**
 * Listens on one address. `::` takes IPv4 as well, and stands for `0.0.0.0` on a machine without IPv6.
 *
 * @param port - 0: one that is free.
 * @param readsLean - Whether connections are read without streams.
 */
export async function listen(
  host: string,
  port: number,
  logger: Logger,
  onConnection: (socket: Socket) => void,
  readsLean: () => Promise<boolean> = canBeLean,
): Promise<Result<Listener, ListenFault>> {
  const open = new Set<Socket>();
  const isLean = await readsLean();
  const server = createServer({ noDelay: true, keepAlive: true, pauseOnConnect: isLean }, (accepted) => {
    const socket = isLean ? leanSocket(accepted) : accepted;
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    onConnection(socket);
  });
  try {
    await bind(server, host, port);
  } catch (error) {
    logger.debug({ host, port, error: describeError(error) }, "could not listen");
    return fail(faultOf(error));
  }
  // For example because no file descriptor is left. The listener goes on.
  server.on("error", (error) => {
    logger.warn({ host, port, err: error }, "a connection could not be accepted");
  });
  return ok({
    port: boundPort(server),
    close: async () => {
      await Promise.all([close(server), ...[...open].map(gone)]);
    },
  });
}

export interface AcceptParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined for connections of a host of ours. */
  readonly budget?: Budget;
}

/**
 * Listens as `listen` does, and reads each connection.
 *
 * @param receive - What it throws is a bug: it is logged, and the connection destroyed.
 */
export function accept(
  host: string,
  port: number,
  { clock, logger, budget }: AcceptParts,
  receive: (reader: MessageReader, localPort: number) => Promise<void>,
): Promise<Result<Listener, ListenFault>> {
  return listen(host, port, logger, (socket) => {
    const reader = new MessageReader(new Connection(socket, clock, logger, budget), clock);
    reader.run(receive(reader, socket.localPort ?? 0));
  });
}

/** Why `listen` would fail there now; undefined when it would not. */
export async function tryToListen(host: string, port: number): Promise<ListenFault | undefined> {
  const server = createServer();
  try {
    await bind(server, host, port);
    await close(server);
    return undefined;
  } catch (error) {
    return faultOf(error);
  }
}

function faultOf(error: unknown): ListenFault {
  return hasErrorCode(error, "EADDRINUSE") ? "port-in-use" : "address-unavailable";
}

async function bind(server: Server, host: string, port: number): Promise<void> {
  try {
    await bindTo(server, host, port);
  } catch (error) {
    if (host !== "::" || !hasErrorCode(error, "EAFNOSUPPORT", "EADDRNOTAVAIL")) {
      throw error;
    }
    await bindTo(server, "0.0.0.0", port);
  }
}

function bindTo(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function boundPort(server: Server): Port {
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("a listening TCP server has no port");
  }
  return toPort(address.port);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

/** Resolves also when the connection breaks instead of being closed. */
function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => {
      resolve();
    });
  });
}
