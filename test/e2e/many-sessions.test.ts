import { beforeAll, describe, expect, it } from "vitest";
import { afterAllTests, afterThisTest } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { joinSmallClient } from "../helpers/players.ts";
import { contextSwitches, cpuTicks, isRunning, processState, residentMiB } from "../helpers/process-facts.ts";
import { rallyRequest } from "../helpers/rally.ts";

const SESSIONS = 16;
/** The memory that one host of an 8-bit console may take. */
const HOST_MIB = { all: 100, own: 50 };

describe("sixteen sessions at once", () => {
  const cleanup = afterAllTests();
  let server: Netplayd;
  let ports: number[] = [];
  let hosts: number[] = [];

  beforeAll(async () => {
    server = await Netplayd.start(cleanup, { sessions: { perAddress: SESSIONS } });
    ports = await Promise.all(Array.from({ length: SESSIONS }, () => server.ask()));
    hosts = (await server.sessions()).flatMap(({ pid }) => pid ?? []);
  });

  it("have ports, hosts and folders of their own", () => {
    expect(ports).not.toContain(0);
    expect(new Set(ports).size).toBe(SESSIONS);
    expect(new Set(hosts).size).toBe(SESSIONS);
    expect(server.sessionFolders()).toHaveLength(SESSIONS);
  });

  it("cost no processor time and little memory without players", async () => {
    await eventually("all hosts are stopped", () => hosts.every((pid) => processState(pid) === "T"));
    const spent = (): number[][] => hosts.map((pid) => [cpuTicks(pid), contextSwitches(pid)]);
    const before = { spent: spent(), atMs: performance.now() };
    await eventually("a second has passed", () => performance.now() > before.atMs + 1_000);
    expect(spent()).toEqual(before.spent);
    for (const { all, own } of hosts.map(residentMiB)) {
      expect(own).toBeGreaterThan(1);
      expect(own).toBeLessThan(HOST_MIB.own);
      expect(all).toBeLessThan(HOST_MIB.all);
    }
  });

  it("refuse a seventeenth without starting anything", async () => {
    expect(await server.ask()).toBe(0);
    await server.logs("request refused", { reason: "max-sessions" });
    expect(server.hosts().sort()).toEqual([...hosts].sort());
  });

  it("can all be played at the same time", async () => {
    const test = afterThisTest();
    const players = await Promise.all(ports.map((port) => joinSmallClient(test, { port })));
    await Promise.all(
      players.map(async (player) => {
        await eventually("everybody is player 1", () => player.ports.join() === "1");
        await eventually("the game goes on", () => player.framesSeen > 60);
      }),
    );
  });
});

describe("a server for one game at a time", () => {
  it("refuses other requests until the game is over, and never opens a second session for a repeat", async () => {
    const test = afterThisTest();
    const server = await Netplayd.start(test, { sessions: { max: 1, idleSeconds: 2 } });
    const asker = await server.launcher(test);
    const port = await asker.ask(rallyRequest());
    expect(port).toBeGreaterThan(0);
    expect(await asker.ask(rallyRequest())).toBe(port);
    expect(await server.ask()).toBe(0);
    expect(await server.sessions()).toHaveLength(1);

    const hostPid = await server.hostPid(port);
    await eventually("the game is over", () => !isRunning(hostPid));
    await eventually("the place is free", async () => (await server.sessions()).length === 0);
    const next = await asker.ask(rallyRequest());
    expect(next).toBeGreaterThan(0);
    expect(await server.hostPid(next)).not.toBe(hostPid);
  });
});
