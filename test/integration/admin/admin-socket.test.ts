import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  createAdminClient,
  openAdminSocket,
  SOCKET_NAME,
  type AdminOperations,
  type RoomView,
  type SessionView,
} from "../../../src/admin/index.ts";
import type { AdminSocket, AdminSocketParts } from "../../../src/admin/admin-socket.ts";
import { createSilentLogger } from "../../../src/logging/index.ts";
import { fail, ok, OperatorError, systemClock, type Clock } from "../../../src/shared/index.ts";
import { createSessionView, sessionIdOf } from "../../unit/admin/session-views.ts";
import { eventually } from "../../helpers/eventually.ts";

const SLASHES = createSessionView({ id: sessionIdOf(0xff), game: "Zelda – ゼルダ" });
const PLUSES = createSessionView({ id: sessionIdOf(0xfb), roster: [], port: null, pid: null });
const ROOM: RoomView = {
  name: "Friday",
  id: sessionIdOf(0xfe),
  core: "Nestopia",
  game: "rally",
  password: true,
  spectatePassword: false,
  keep: "always",
  maxClients: 8,
  state: "standby",
  problem: null,
  players: 0,
  spectators: 0,
  address: `SERVER/${sessionIdOf(0xfe)}`,
};
const STATUS = {
  version: "0.1.0",
  pid: 4712,
  sessions: 2,
  startedAt: "2024-05-01T12:00:00.000Z",
  lookups: { count: 3, medianUs: 9, p99Us: 15 },
};

let directory: string;
let socketPath: string;
const servers: AdminSocket[] = [];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "netplayd-admin-"));
  socketPath = path.join(directory, SOCKET_NAME);
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  rmSync(directory, { recursive: true });
});

async function open(overrides: Partial<AdminSocketParts> = {}): Promise<AdminSocket> {
  const parts = { socketPath, logger: createSilentLogger(), clock: systemClock };
  const server = await openAdminSocket({ ...parts, ...overrides });
  servers.push(server);
  return server;
}

async function serve(overrides: Partial<AdminSocketParts & AdminOperations> = {}): Promise<AdminSocket> {
  const server = await open(overrides);
  server.serve({
    sessions: (): SessionView[] => [SLASHES, PLUSES],
    rooms: () => [ROOM],
    status: () => STATUS,
    stopSession: () => true,
    kick: (_, nick) => nick === "ann",
    ...overrides,
  });
  return server;
}

describe("the admin client", () => {
  it("gets the server's sessions and rooms", async () => {
    await serve();
    const client = createAdminClient(socketPath);
    expect(await client.sessions()).toEqual(ok([SLASHES, PLUSES]));
    expect(await client.rooms()).toEqual(ok([ROOM]));
    expect(await client.status()).toEqual(ok(STATUS));
  });

  it("stops and kicks, by ids with slashes and pluses", async () => {
    const stopSession = vi.fn(() => true);
    const kick = vi.fn((_: string, nick: string) => nick === "ann");
    await serve({ stopSession, kick });
    const client = createAdminClient(socketPath);
    expect(await client.stopSession(SLASHES.id)).toEqual(ok(undefined));
    expect(await client.kick("+/", "ann")).toEqual(ok(undefined));
    expect(await client.kick(PLUSES.id, "bob / bob")).toEqual(fail("no-such-client"));
    expect(await client.stopSession("A")).toEqual(fail("no-such-session"));
    expect(stopSession.mock.calls).toEqual([[SLASHES.id]]);
    expect(kick.mock.calls).toEqual([
      [PLUSES.id, "ann"],
      [PLUSES.id, "bob / bob"],
    ]);
  });

  it("reports ambiguous ids", async () => {
    await serve({ sessions: () => [PLUSES, PLUSES] });
    expect(await createAdminClient(socketPath).stopSession("+")).toEqual(fail("ambiguous-id"));
  });

  it("reports that no server runs", async () => {
    expect(await createAdminClient(socketPath).sessions()).toEqual(fail("not-running"));
    const server = await serve();
    await server.stop();
    expect(await createAdminClient(socketPath).sessions()).toEqual(fail("not-running"));
  });

  it("says what to do when another program answers", async () => {
    const other = createServer((_, response) => response.end("hello")).listen(socketPath);
    await once(other, "listening");
    await expect(createAdminClient(socketPath).sessions()).rejects.toThrow(/restart it\. It said: hello/);
    other.close();
  });
});

describe("the admin server", () => {
  it("answers 500 when an operation throws, and serves on", async () => {
    let broken = true;
    await serve({
      sessions: () => {
        if (broken) {
          throw new Error("broken");
        }
        return [PLUSES];
      },
    });
    await expect(createAdminClient(socketPath).sessions()).rejects.toThrow(OperatorError);
    broken = false;
    expect(await createAdminClient(socketPath).sessions()).toEqual(ok([PLUSES]));
  });

  it("refuses a body that is longer than any nickname, and says so", async () => {
    await serve();
    const socket = connect(socketPath);
    const length = 1 << 20;
    socket.write(`POST /sessions/A/kick HTTP/1.1\r\nHost: netplayd\r\nContent-Length: ${length}\r\n\r\n`);
    socket.write(Buffer.alloc(1 << 17, 0x20));
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it("survives bytes that are no HTTP", async () => {
    await serve();
    const socket = connect(socketPath);
    socket.resume();
    socket.write("RANP\0\0\0\0\r\n\r\n");
    await once(socket, "close");
    expect(await createAdminClient(socketPath).sessions()).toMatchObject({ ok: true });
  });

  it("answers a request in progress before it closes, and waits for no silent connection", async () => {
    let release!: (stopped: boolean) => void;
    const stopSession = vi.fn(() => new Promise<boolean>((resolve) => (release = resolve)));
    const server = await serve({ stopSession });
    const silent = connect(socketPath);
    await once(silent, "connect");
    const answer = createAdminClient(socketPath).stopSession(PLUSES.id);
    await eventually("the request", () => stopSession.mock.calls.length === 1);
    const closing = server.stop();
    release(true);
    expect(await answer).toEqual(ok(undefined));
    await closing;
    silent.destroy();
  });

  it("lets requests wait until it can answer them, and ends them when it never could", async () => {
    const starting = await open();
    const client = createAdminClient(socketPath);
    const early = client.status();
    await expect(serve()).rejects.toThrow(/^Another netplayd uses the data directory/);
    starting.serve({
      sessions: () => [],
      rooms: () => [],
      status: () => STATUS,
      stopSession: () => true,
      kick: () => true,
    });
    expect(await early).toEqual(ok(STATUS));
    await starting.stop();

    const failing = await open();
    const waiting = client.status();
    const silent = connect(socketPath);
    await once(silent, "connect");
    await failing.stop();
    expect(await waiting).toEqual(fail("not-running"));
    silent.destroy();
  });

  it("gives up on a request that takes longer than two seconds to finish", async () => {
    const stopSession = vi.fn(() => new Promise<boolean>(() => undefined));
    const delaysMs: number[] = [];
    const impatient: Clock = {
      ...systemClock,
      after: (delayMs, callback) => {
        delaysMs.push(delayMs);
        return systemClock.after(0, callback);
      },
    };
    const server = await serve({ stopSession, clock: impatient });
    const answer = createAdminClient(socketPath).stopSession(PLUSES.id);
    await eventually("the request", () => stopSession.mock.calls.length === 1);
    await server.stop();
    expect(await answer).toEqual(fail("not-running"));
    expect(delaysMs).toEqual([2000]);
  });
});

describe("the socket file", () => {
  it("may be opened only by its owner, and is removed with the server", async () => {
    const server = await serve();
    expect((statSync(socketPath).mode & 0o7777).toString(8)).toBe("600");
    expect(readdirSync(directory)).toEqual([SOCKET_NAME]);
    await server.stop();
    expect(readdirSync(directory)).toEqual([]);
  });

  it.runIf(process.geteuid?.() === 0)(
    "keeps other users out, even where they may enter its directory",
    async () => {
      await serve();
      chmodSync(directory, 0o755);
      const client = createAdminClient(socketPath);
      process.seteuid?.(65534);
      try {
        expect(await client.sessions()).toEqual(fail("permission-denied"));
      } finally {
        process.seteuid?.(0);
      }
    },
  );

  it("of a running server is not replaced by a second one, which says what to do", async () => {
    await serve();
    await expect(serve()).rejects.toThrow(/^Another netplayd uses the data directory .* end it/);
    expect(await createAdminClient(socketPath).sessions()).toMatchObject({ ok: true });
    expect(readdirSync(directory)).toEqual([SOCKET_NAME]);
  });

  it("belongs to one of several servers that start at once", async () => {
    const started = await Promise.allSettled(Array.from({ length: 8 }, () => serve()));
    expect(started.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await createAdminClient(socketPath).sessions()).toMatchObject({ ok: true });
    expect(readdirSync(directory)).toEqual([SOCKET_NAME]);
  });

  it("of a killed server is replaced by one of several that start at once", async () => {
    const program = `require("net").createServer().listen(${JSON.stringify(socketPath)}, () => console.log("up"))`;
    const killed = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    await once(killed.stdout, "data");
    killed.kill("SIGKILL");
    await once(killed, "exit");
    expect(statSync(socketPath).isSocket()).toBe(true);
    const started = await Promise.allSettled(Array.from({ length: 8 }, () => serve()));
    expect(started.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await createAdminClient(socketPath).sessions()).toMatchObject({ ok: true });
  });

  it("of a successor is not removed by the server before it", async () => {
    const first = await serve();
    rmSync(socketPath);
    await serve();
    await first.stop();
    expect(await createAdminClient(socketPath).sessions()).toMatchObject({ ok: true });
  });

  it("does not replace a file that is no socket", async () => {
    writeFileSync(socketPath, "precious");
    await expect(serve()).rejects.toThrow(/is in the way of the admin socket/);
    expect(statSync(socketPath).size).toBe(8);
  });

  it("needs a data directory", async () => {
    await expect(serve({ socketPath: path.join(directory, "none", SOCKET_NAME) })).rejects.toThrow(
      /must exist and be writable/,
    );
  });

  it("fits into 107 bytes or is refused by server and client", async () => {
    const ofLength = (length: number): string =>
      path.join(directory, "d".repeat(length - directory.length - SOCKET_NAME.length - 2), SOCKET_NAME);
    mkdirSync(path.dirname(ofLength(107)));
    await serve({ socketPath: ofLength(107) });
    expect(await createAdminClient(ofLength(107)).sessions()).toMatchObject({ ok: true });
    await expect(serve({ socketPath: ofLength(108) })).rejects.toThrow(
      /108 bytes.*Choose a shorter data directory/,
    );
    expect(() => createAdminClient(ofLength(108))).toThrow(OperatorError);
  });
});

const run = promisify(execFile);
const curl = await run("curl", ["--version"]).then(
  () => true,
  () => false,
);

describe.runIf(curl)("curl", () => {
  it("talks to the admin socket as docs/admin-api.md shows", async () => {
    const stopSession = vi.fn(() => true);
    await serve({ stopSession });
    const ask = async (...args: string[]): Promise<string> =>
      (await run("curl", ["-sS", "--unix-socket", socketPath, ...args])).stdout;
    expect(JSON.parse(await ask("http://netplayd/sessions"))).toEqual([SLASHES, PLUSES]);
    await ask("-X", "DELETE", `http://netplayd/sessions/${encodeURIComponent(SLASHES.id)}`);
    expect(stopSession.mock.calls).toEqual([[SLASHES.id]]);
    const kick = await ask("-d", '{"nick": "bob"}', `http://netplayd/sessions/+/kick`);
    expect(JSON.parse(kick)).toEqual({ error: "no-such-client" });
  });
});
