import { z } from "zod";
import { fail, ok, type Result, type SessionId } from "../shared/index.ts";
import {
  kickRequest,
  type RoomView,
  type ServerStatus,
  type SessionFailure,
  type SessionView,
} from "./views.ts";

export interface AdminRequest {
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly url: string;
  readonly body: string;
}

export interface AdminResponse {
  readonly status: number;
  /** To be sent as JSON; undefined for none. */
  readonly body?: unknown;
}

/** What the routes do; `app.ts` has it. */
export interface AdminOperations {
  sessions(): readonly SessionView[];
  rooms(): readonly RoomView[];
  status(): ServerStatus;
  /** Answers false when the session has ended meanwhile. */
  stopSession(id: SessionId): boolean | Promise<boolean>;
  /** Answers false when nobody of that name is in the session. */
  kick(id: SessionId, nick: string): boolean | Promise<boolean>;
}

const NO_CONTENT = 204;
const STATUS_OF: Record<SessionFailure, number> = {
  "no-such-session": 404,
  "no-such-client": 404,
  "ambiguous-id": 409,
};

/** Answers one request. What went wrong stands in `error` as a literal, and in `message` for people where that says more. */
export async function handleAdminRequest(
  { method, url, body }: AdminRequest,
  operations: AdminOperations,
): Promise<AdminResponse> {
  const [resource, prefix, action, ...rest] = splitPath(url) ?? [];
  if (rest.length > 0) {
    return noSuchRoute;
  }
  const route = [method, resource, prefix === undefined ? "" : ":id", action ?? ""].join(" ").trim();
  switch (route) {
    case "GET status":
      return { status: 200, body: operations.status() };
    case "GET sessions":
      return { status: 200, body: operations.sessions() };
    case "GET rooms":
      return { status: 200, body: operations.rooms() };
    case "DELETE sessions :id":
      return onSession(prefix, operations, "no-such-session", (id) => operations.stopSession(id));
    case "POST sessions :id kick": {
      const nick = parseKick(body);
      return nick.ok
        ? onSession(prefix, operations, "no-such-client", (id) => operations.kick(id, nick.value))
        : { status: 400, body: { error: "bad-request", message: nick.reason } };
    }
    default:
      return noSuchRoute;
  }
}

const noSuchRoute: AdminResponse = {
  status: 404,
  body: {
    error: "no-such-route",
    message:
      "There are GET /status, GET /sessions, GET /rooms, DELETE /sessions/ID and POST /sessions/ID/kick.",
  },
};

/** @param missed - What it means when `act` answers false. */
async function onSession(
  prefix: string | undefined,
  operations: AdminOperations,
  missed: SessionFailure,
  act: (id: SessionId) => boolean | Promise<boolean>,
): Promise<AdminResponse> {
  const session = findSession(operations.sessions(), prefix ?? "");
  const failure = session.ok ? ((await act(session.value)) ? undefined : missed) : session.reason;
  return failure === undefined
    ? { status: NO_CONTENT }
    : { status: STATUS_OF[failure], body: { error: failure } };
}

/** The session of this id, or the only one whose id begins like that. */
function findSession(
  views: readonly SessionView[],
  prefix: string,
): Result<SessionId, "no-such-session" | "ambiguous-id"> {
  const [first, ...others] = views.filter(({ id }) => id.startsWith(prefix));
  // An empty prefix fits every id, and must not end the only session.
  if (first === undefined || prefix === "") {
    return fail("no-such-session");
  }
  return others.length === 0 ? ok(first.id) : fail("ambiguous-id");
}

function parseKick(body: string): Result<string, string> {
  try {
    const parsed = kickRequest.safeParse(JSON.parse(body));
    return parsed.success ? ok(parsed.data.nick) : fail(z.prettifyError(parsed.error));
  } catch {
    return fail('the body must be JSON: {"nick": "…"}');
  }
}

/** The decoded parts of the path; undefined when it is no path. An id may hold an encoded slash. */
function splitPath(url: string): string[] | undefined {
  try {
    const { pathname } = new URL(url, "http://netplayd");
    return pathname.slice(1).split("/").map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
