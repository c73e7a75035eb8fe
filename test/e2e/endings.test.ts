import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { SOCKET_NAME } from "../../src/admin/index.ts";
import { afterAllTests, afterThisTest, type Cleanup } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { joinAs, joinSmallClient } from "../helpers/players.ts";
import { isRunning, processesNaming, processState, startTicks } from "../helpers/process-facts.ts";
import { takesConnections } from "../helpers/tcp.ts";

const fixtures = path.resolve(import.meta.dirname, "../fixtures/fake-retroarch");

/** A session in play and one whose host sleeps. */
async function twoSessions(
  test: Cleanup,
  server: Netplayd,
): Promise<{ ports: number[]; hosts: number[]; client: Awaited<ReturnType<typeof joinSmallClient>> }> {
  const ports = [await server.ask(), await server.ask()];
  const hosts = await Promise.all(ports.map((port) => server.hostPid(port)));
  const client = await joinSmallClient(test, { port: ports[0] ?? 0 });
  await eventually("the other host sleeps", () => processState(hosts[1] ?? 0) === "T");
  return { ports, hosts, client };
}

async function expectNothingLeft(server: Netplayd, ports: readonly number[]): Promise<void> {
  expect(server.hosts()).toEqual([]);
  expect(server.sessionFolders()).toEqual([]);
  expect(await Promise.all(ports.map(takesConnections))).toEqual(ports.map(() => false));
  expect(existsSync(path.join(server.dataFolder, SOCKET_NAME))).toBe(false);
}

describe("the server", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("ends on %s with code 0 and leaves nothing", async (signal) => {
    const test = afterThisTest();
    const server = await Netplayd.start(test);
    const { ports, client } = await twoSessions(test, server);
    server.signal(signal);
    expect(await server.exit()).toBe(0);
    await client.ended(3_000);
    await expectNothingLeft(server, ports);
  });

  it("leaves no folder and no process when it ends while fifty games start", async () => {
    const test = afterThisTest();
    const rooms = Array.from({ length: 50 }, (_, index) => {
      return { name: `room ${index}`, core: "Nestopia", game: "rally", keep: "always" };
    });
    const server = await Netplayd.start(test, { rooms, sessions: { max: 60 } });
    await eventually("half of them are on their way", () => server.sessionFolders().length >= 25);
    server.signal("SIGTERM");
    expect(await server.exit()).toBe(0);
    expect(server.hosts()).toEqual([]);
    expect(server.sessionFolders()).toEqual([]);
  });

  it("ends at once on a second signal, while a host still ignores the first", async () => {
    const test = afterThisTest();
    const folder = test.folder();
    const stubborn = path.join(folder, "retroarch");
    const script = `[ "$1" = --version ] && exec retroarch --version\nexec ${process.execPath} ${fixtures}/ignores-term.mjs "$@"\n`;
    writeFileSync(stubborn, `#!/bin/sh\n${script}`);
    chmodSync(stubborn, 0o755);
    const server = await Netplayd.start(test, {
      retroarch: { binary: stubborn },
      sessions: { freeze: false },
    });
    test.defer(async () => {
      processesNaming(server.dataFolder).forEach(({ pid }) => process.kill(pid, "SIGKILL"));
      await eventually("its hosts are gone", () => processesNaming(server.dataFolder).length === 0);
    });
    await server.ask();
    server.signal("SIGTERM");
    await server.logs("stopping");
    const [host = 0] = server.hosts();
    const secondAtMs = performance.now();
    server.signal("SIGTERM");
    expect(await server.exit()).toBe(128 + 15);
    expect(performance.now() - secondAtMs).toBeLessThan(2_000);
    expect(isRunning(host)).toBe(true);
  });

  it("ends the hosts that it left behind when it was killed, at its next start", async () => {
    const test = afterThisTest();
    const server = await Netplayd.start(test);
    const { ports, hosts } = await twoSessions(test, server);
    server.signal("SIGKILL");
    await server.exit();
    expect(hosts.some(isRunning)).toBe(true);
    await server.serve();
    expect(hosts.filter(isRunning)).toEqual([]);
    expect(server.sessionFolders()).toEqual([]);
    expect(await server.sessions()).toEqual([]);
    const port = await server.ask();
    await joinSmallClient(test, { port });
    expect(await server.stop()).toBe(0);
    await expectNothingLeft(server, [...ports, port]);
  });

  it("does not end another process with the pid of a former host", async () => {
    const test = afterThisTest();
    const server = await Netplayd.prepare(test);
    const innocent = spawn("sleep", ["60"], { stdio: "ignore" });
    test.defer(() => innocent.kill("SIGKILL"));
    const { pid = 0 } = innocent;
    const leave = (name: string, record: object): void => {
      const folder = path.join(server.sessionsFolder, name);
      mkdirSync(folder, { recursive: true });
      const configFile = path.join(folder, "retroarch.cfg");
      writeFileSync(path.join(folder, "host.json"), JSON.stringify({ pid, configFile, ...record }));
    };
    leave("another-start-time", { startTicks: "1", configFile: "60" });
    leave("another-command-line", { startTicks: startTicks(pid) });
    await server.serve();
    expect(server.sessionFolders()).toEqual([]);
    expect(isRunning(pid)).toBe(true);
    expect(innocent.signalCode).toBeNull();
  });
});

describe("a session", () => {
  const cleanup = afterAllTests();
  let server: Netplayd;

  beforeAll(async () => {
    server = await Netplayd.start(cleanup);
  });

  it.each(["SIGSEGV", "SIGKILL"] as const)(
    "whose host dies of %s ends at once, and no other",
    async (signal) => {
      const test = afterThisTest();
      const [port, otherPort] = [await server.ask(), await server.ask()];
      const [hostPid, otherPid] = [await server.hostPid(port), await server.hostPid(otherPort)];
      const clients = await Promise.all([joinSmallClient(test, { port }), joinSmallClient(test, { port })]);
      const other = await joinSmallClient(test, { port: otherPort });
      process.kill(hostPid, signal);
      await Promise.all(clients.map((client) => client.ended(3_000)));
      await eventually("the port is free", async () => !(await takesConnections(port)), 3_000);
      await eventually("the session is gone", async () => (await server.session(port)) === undefined);
      const failure = await server.logs("session failed", { port });
      expect(failure.cause).toBe("host-exited");
      expect(failure.hostLog).not.toEqual([]);
      await server.logs("host process ended", { hostPid, signal });
      expect(await other.measureFps(1_000)).toBeGreaterThan(30);
      expect(await server.hostPid(otherPort)).toBe(otherPid);
    },
  );

  it("whose sleeping host is killed ends at once", async () => {
    const port = await server.ask();
    process.kill(await server.hostPid(port), "SIGKILL");
    await eventually("the session is gone", async () => (await server.session(port)) === undefined, 3_000);
    expect(await takesConnections(port)).toBe(false);
  });

  it("ends when the operator stops it: stock players are told, and the host saves and exits", async () => {
    const test = afterThisTest();
    const port = await server.ask();
    const hostPid = await server.hostPid(port);
    const ann = await joinAs(1, test, server, { port, nick: "ann" });
    const id = (await server.session(port))?.id ?? "";
    expect(await server.run("sessions", "stop", id)).toMatchObject({ code: 0, stdout: "", stderr: "" });
    await ann.sees("Netplay disconnected");
    await eventually("the host is gone", () => !isRunning(hostPid));
    await eventually("the session is gone", async () => (await server.session(port)) === undefined);
    await server.logs("host process ended", { hostPid, code: 0 });
    const again = await server.run("sessions", "stop", id);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("no such session") as unknown });
  });
});
