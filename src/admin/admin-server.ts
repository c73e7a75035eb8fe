import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { systemClock, type Clock, type Logger } from "../shared/index.ts";
import { handleAdminRequest, type AdminOperations, type AdminResponse } from "./admin-routes.ts";
import { listenAt } from "./socket-file.ts";

export interface AdminServerParts extends AdminOperations {
  /** In the data directory, under `SOCKET_NAME`; whoever may open this file may do everything. */
  readonly socketPath: string;
  readonly logger: Logger;
  /** Default: the system's. */
  readonly clock?: Clock;
}

export interface AdminServer {
  /** Takes no more requests, gives those in progress two seconds and removes the socket. */
  stop(): Promise<void>;
}

const LONGEST_BODY_BYTES = 64 * 1024;
const STOP_MS = 2_000;

/**
 * Serves the command line. While it runs, no other netplayd can use the data directory: start it before anything
 * that touches what another one may have there, the orphans of a killed one above all.
 *
 * @throws OperatorError when another netplayd uses the data directory, or its path is too long for a socket.
 */
export async function createAdminServer(parts: AdminServerParts): Promise<AdminServer> {
  const { socketPath, logger, clock = systemClock } = parts;
  const inProgress = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const answered = serve(request, response, parts).finally(() => {
      inProgress.delete(answered);
    });
    inProgress.add(answered);
  });
  const removeSocket = await listenAt(server, socketPath);
  server.on("error", (error) => {
    logger.error({ err: error }, "the admin socket failed");
  });
  return {
    async stop() {
      removeSocket();
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.race([Promise.all(inProgress), pause(clock, STOP_MS)]);
      // Also ends connections on which nothing was ever asked.
      server.closeAllConnections();
      await closed;
    },
  };
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}

/** Never rejects; resolves when the answer is out, or the other side is gone. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  parts: AdminServerParts,
): Promise<void> {
  const closed = new Promise<void>((resolve) => response.once("close", resolve));
  try {
    send(response, await respond(request, parts));
  } catch (error) {
    // Otherwise the other side went away in the middle of its request.
    if (request.complete) {
      parts.logger.error({ err: error, url: request.url }, "an admin request failed on a bug in netplayd");
    }
    send(response, { status: 500, body: { error: "internal-error", message: "netplayd's log says more." } });
  }
  await closed;
}

async function respond(request: IncomingMessage, operations: AdminOperations): Promise<AdminResponse> {
  const body = await readBody(request);
  if (body === undefined) {
    return { status: 413, body: { error: "too-large" } };
  }
  return handleAdminRequest({ method: request.method ?? "", url: request.url ?? "", body }, operations);
}

function send(response: ServerResponse, { status, body }: AdminResponse): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(body === undefined ? undefined : `${JSON.stringify(body)}\n`);
}

/** Undefined when it is longer than anything that the routes take. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > LONGEST_BODY_BYTES) {
      return undefined;
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
