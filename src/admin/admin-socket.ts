import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createDeferred, type Clock, type Logger } from "../shared/index.ts";
import { handleAdminRequest, type AdminOperations, type AdminResponse } from "./admin-routes.ts";
import { listenAt } from "./socket-file.ts";

export interface AdminSocketParts {
  /** In the data folder, under `SOCKET_NAME`; a process that may open this file may do everything. */
  readonly socketPath: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The lock of the data folder, and the API of the server that holds it. */
export interface AdminSocket {
  /** Answers from now on. Requests that came before have waited. */
  serve(operations: AdminOperations): void;
  /** Takes no more requests, gives those in progress two seconds and removes the socket. */
  stop(): Promise<void>;
}

const LONGEST_BODY_BYTES = 64 * 1024;
const STOP_MS = 2_000;

/**
 * Takes the data folder: until `stop` no other netplayd can use it. Take it before anything that touches what another one may have
 * there, the orphans of a killed one above all.
 *
 * @throws OperatorError when another netplayd uses the data folder, or its path is too long for a socket.
 */
export async function openAdminSocket({ socketPath, logger, clock }: AdminSocketParts): Promise<AdminSocket> {
  const inProgress = new Set<Promise<void>>();
  const served = createDeferred<AdminOperations>();
  const server = createServer((request, response) => {
    void served.promise.then((operations) => {
      const answered = answer(request, response, operations, logger).finally(() => {
        inProgress.delete(answered);
      });
      inProgress.add(answered);
    });
  });
  const removeSocket = await listenAt(server, socketPath);
  server.on("error", (error) => {
    logger.error({ err: error }, "the admin socket failed");
  });
  return {
    serve: served.resolve,
    async stop() {
      removeSocket();
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.race([Promise.all(inProgress), pause(clock, STOP_MS)]);
      // Also ends connections that asked nothing, or that still wait for `serve`.
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
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  operations: AdminOperations,
  logger: Logger,
): Promise<void> {
  const closed = new Promise<void>((resolve) => response.once("close", resolve));
  try {
    send(response, await respond(request, operations));
  } catch (error) {
    // Otherwise the other side went away in the middle of its request.
    if (request.complete) {
      logger.error({ err: error, url: request.url }, "an admin request failed on a bug in netplayd");
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
