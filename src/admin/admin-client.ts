import { request } from "node:http";
import { z } from "zod";
import { fail, hasErrorCode, ok, OperatorError, type Result } from "../shared/index.ts";
import { checkSocketPath } from "./socket-file.ts";
import {
  roomView,
  serverStatus,
  sessionFailures,
  sessionView,
  type RoomView,
  type ServerStatus,
  type SessionFailure,
  type SessionView,
} from "./views.ts";

type ConnectFailure = "not-running" | "permission-denied";
export type AdminFailure = ConnectFailure | SessionFailure;

/** Operations on the running netplayd. A session id may be cut short as long as only one begins like that. */
export interface AdminClient {
  status(): Promise<Result<ServerStatus, ConnectFailure>>;
  sessions(): Promise<Result<SessionView[], ConnectFailure>>;
  rooms(): Promise<Result<RoomView[], ConnectFailure>>;
  stopSession(id: string): Promise<Result<undefined, AdminFailure>>;
  kick(id: string, nick: string): Promise<Result<undefined, AdminFailure>>;
}

const TIMEOUT_MS = 30_000;

/**
 * All operations throw an OperatorError when something answers that this client does not understand: a netplayd of
 * another version, or one that hangs.
 *
 * @throws OperatorError when the path is too long for a socket.
 */
export function createAdminClient(socketPath: string): AdminClient {
  checkSocketPath(socketPath);
  const get = async <T>(path: string, schema: z.ZodType<T>): Promise<Result<T, ConnectFailure>> => {
    const answer = await exchange(socketPath, "GET", path);
    return answer.ok ? ok(understand(answer.value, schema)) : answer;
  };
  const act = async (
    method: string,
    path: string,
    body?: object,
  ): Promise<Result<undefined, AdminFailure>> => {
    const answer = await exchange(socketPath, method, path, body);
    if (!answer.ok) {
      return answer;
    }
    return answer.value.status === 204 ? ok(undefined) : fail(understandFailure(answer.value));
  };
  return {
    status: () => get("/status", serverStatus),
    sessions: () => get("/sessions", z.array(sessionView)),
    rooms: () => get("/rooms", z.array(roomView)),
    stopSession: (id) => act("DELETE", `/sessions/${encodeURIComponent(id)}`),
    kick: (id, nick) => act("POST", `/sessions/${encodeURIComponent(id)}/kick`, { nick }),
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function exchange(
  socketPath: string,
  method: string,
  path: string,
  body?: object,
): Promise<Result<Answer, ConnectFailure>> {
  return new Promise((resolve, reject) => {
    const onError = (error: unknown): void => {
      if (hasErrorCode(error, "ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOTDIR")) {
        resolve(fail("not-running"));
      } else if (hasErrorCode(error, "EACCES", "EPERM")) {
        resolve(fail("permission-denied"));
      } else {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const sent = request({ socketPath, method, path, agent: false, timeout: TIMEOUT_MS }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (text += part));
      response.on("error", onError);
      response.on("end", () => {
        resolve(ok({ status: response.statusCode ?? 0, text }));
      });
    });
    sent.on("error", onError);
    sent.on("timeout", () => {
      sent.destroy(
        new OperatorError("netplayd is running but does not answer: look at its log, or restart it."),
      );
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const failureAnswer = z.object({ error: z.enum(sessionFailures) });

function understandFailure(answer: Answer): SessionFailure {
  return understand({ ...answer, status: 200 }, failureAnswer).error;
}

function understand<T>({ status, text }: Answer, schema: z.ZodType<T>): T {
  const parsed = status === 200 ? schema.safeParse(parseJson(text)) : undefined;
  if (parsed?.success !== true) {
    throw new OperatorError(
      `The running netplayd gave an answer that this version does not understand: restart it. It said: ${text.trim()}`,
    );
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
