import { describe, expect, it } from "vitest";
import { handleAdminRequest, type AdminOperations } from "../../../src/admin/admin-routes.ts";
import type { SessionView } from "../../../src/admin/index.ts";
import { createSessionView, sessionIdOf } from "./session-views.ts";

const SLASHES = createSessionView({ id: sessionIdOf(0xff) });
const PLUSES = createSessionView({ id: sessionIdOf(0xfb) });
const ZEROS = createSessionView({ id: sessionIdOf(0) });
const STATUS = {
  version: "0.1.0",
  pid: 4712,
  sessions: 3,
  startedAt: "2024-05-01T12:00:00.000Z",
  lookups: { count: 0, medianUs: null, p99Us: null },
};

function createOperations(views: SessionView[] = [SLASHES, PLUSES, ZEROS]) {
  const done: string[] = [];
  const operations: AdminOperations = {
    sessions: () => views,
    rooms: () => [],
    status: () => STATUS,
    stopSession: (id) => {
      done.push(`stop ${id}`);
      return true;
    },
    kick: (id, nick) => {
      done.push(`kick ${id} ${nick}`);
      return Promise.resolve(nick === "ann");
    },
  };
  const ask = (method: string, url: string, body = "") =>
    handleAdminRequest({ method, url, body }, operations);
  return { ask, done, operations };
}

describe("the admin routes", () => {
  it("list the sessions", async () => {
    const { ask } = createOperations();
    expect(await ask("GET", "/sessions")).toEqual({ status: 200, body: [SLASHES, PLUSES, ZEROS] });
  });

  it("tell the status", async () => {
    const { ask } = createOperations();
    expect(await ask("GET", "/status")).toEqual({ status: 200, body: STATUS });
  });

  it.each([
    ["a whole id", encodeURIComponent(ZEROS.id), ZEROS],
    ["the beginning of an id", "A", ZEROS],
    ["an id with slashes", encodeURIComponent(SLASHES.id), SLASHES],
    ["an id with pluses that are not encoded", "+", PLUSES],
  ])("stop a session by %s", async (_, id, view) => {
    const { ask, done } = createOperations();
    expect(await ask("DELETE", `/sessions/${id}`)).toEqual({ status: 204 });
    expect(done).toEqual([`stop ${view.id}`]);
  });

  it.each([
    ["no-such-session", "B", 404],
    ["no-such-session", "", 404],
    ["ambiguous-id", "A", 409],
  ])("answer %s to the id %j and do nothing", async (error, id, status) => {
    const { ask, done } = createOperations([ZEROS, createSessionView({ id: sessionIdOf(1) }), PLUSES]);
    const twin = createSessionView({ id: sessionIdOf(0) });
    const again = error === "ambiguous-id" ? createOperations([ZEROS, twin]).ask : ask;
    expect(await again("DELETE", `/sessions/${id}`)).toEqual({ status, body: { error } });
    expect(done).toEqual([]);
  });

  it("answer no-such-session to an empty id, also when there is only one session", async () => {
    const { ask, done } = createOperations([ZEROS]);
    expect(await ask("DELETE", "/sessions/")).toMatchObject({ status: 404 });
    expect(done).toEqual([]);
  });

  it("answer no-such-session when the session ended meanwhile", async () => {
    const { operations } = createOperations();
    const request = { method: "DELETE", url: "/sessions/A", body: "" };
    expect(await handleAdminRequest(request, { ...operations, stopSession: () => false })).toEqual({
      status: 404,
      body: { error: "no-such-session" },
    });
  });

  it("kick by nickname", async () => {
    const { ask, done } = createOperations();
    expect(await ask("POST", "/sessions/A/kick", '{"nick":"ann"}')).toEqual({ status: 204 });
    expect(await ask("POST", "/sessions/A/kick", '{"nick":"bob"}')).toEqual({
      status: 404,
      body: { error: "no-such-client" },
    });
    expect(done).toEqual([`kick ${ZEROS.id} ann`, `kick ${ZEROS.id} bob`]);
  });

  it.each(["", "ann", '"ann"', "{}", '{"nick":""}', '{"nick":1}', '{"nick":"ann","ban":true}'])(
    "refuse %j as what to kick",
    async (body) => {
      const { ask, done } = createOperations();
      expect(await ask("POST", "/sessions/A/kick", body)).toMatchObject({
        status: 400,
        body: { error: "bad-request" },
      });
      expect(done).toEqual([]);
    },
  );

  it.each([
    ["GET", "/"],
    ["GET", "/sessions/A"],
    ["POST", "/sessions"],
    ["DELETE", "/sessions"],
    ["DELETE", "/status"],
    ["DELETE", "/sessions/A/kick"],
    ["POST", "/sessions/A/kick/ann"],
    ["GET", "/%"],
    ["GET", "http://["],
  ])("know nothing of %s %s", async (method, url) => {
    const { ask, done } = createOperations();
    expect(await ask(method, url)).toMatchObject({ status: 404, body: { error: "no-such-route" } });
    expect(done).toEqual([]);
  });
});
