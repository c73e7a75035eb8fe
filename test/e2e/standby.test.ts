import { beforeAll, describe, expect, it } from "vitest";
import { afterAllTests, afterThisTest } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { RawConnection } from "../helpers/netplay-room.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { joinSmallClient, startSmallClient } from "../helpers/players.ts";
import { contextSwitches, cpuTicks, isRunning, processState } from "../helpers/process-facts.ts";

const IDLE_MS = 3_000;
const HEADER_BYTES = 24;
/** How long a connection has for header and nickname (src/gateway/limits.ts). */
const HANDSHAKE_MS = 10_000;

/** How often a running host is scheduled in about 100 frames. */
const SWITCHES = 110;

const cleanup = afterAllTests();
let server: Netplayd;

beforeAll(async () => {
  server = await Netplayd.start(cleanup, { sessions: { idleSeconds: IDLE_MS / 1000 } });
});

/** A session whose host has just gone to sleep. */
async function openSession(on = server): Promise<{ port: number; hostPid: number; endsAtMs: number }> {
  const port = await on.ask();
  const endsAtMs = performance.now() + IDLE_MS;
  const hostPid = await on.hostPid(port);
  return { port, hostPid, endsAtMs };
}

async function asleep(hostPid: number): Promise<void> {
  await eventually("the host is stopped", () => processState(hostPid) === "T");
}

interface Sleep<Fact> {
  /** The different states that were seen while the host slept. */
  readonly seen: readonly Fact[];
  readonly endedAtMs: number;
}

/** Reads a sleeping host's state until the host is continued or gone. */
async function watchSleep<Fact>(hostPid: number, look: () => Fact): Promise<Sleep<Fact>> {
  const seen = new Map<string, Fact>();
  const endedAtMs = await eventually("the end of the sleep", () => {
    const fact = look();
    // Checked afterwards: the state counts only if the sleep has not ended in between.
    if (processState(hostPid) !== "T") {
      return performance.now();
    }
    seen.set(JSON.stringify(fact), fact);
    return false;
  });
  return { seen: [...seen.values()], endedAtMs };
}

/** Resolves at this moment of `performance.now()`. */
function passed(atMs: number): Promise<true> {
  return eventually("the moment comes", () => performance.now() >= atMs);
}

// The tests mostly wait, so they run at the same time.
describe.concurrent("a session without players", () => {
  it("has a host that is stopped and uses no processor time", async () => {
    const { hostPid, endsAtMs } = await openSession();
    await asleep(hostPid);
    const before = { ticks: cpuTicks(hostPid), switches: contextSwitches(hostPid) };
    expect(before.switches).toBeGreaterThan(0);
    const { seen, endedAtMs } = await watchSleep(hostPid, () => ({
      ticks: cpuTicks(hostPid),
      switches: contextSwitches(hostPid),
    }));
    expect(seen).toEqual([before]);
    expect(endedAtMs).toBeGreaterThan(endsAtMs - 300);
  });

  it("lets in a player who was in the middle of the handshake at the deadline", async (context) => {
    const test = afterThisTest(context);
    const { port, endsAtMs } = await openSession();
    await passed(endsAtMs - 500);
    const slow = startSmallClient(test, { port, nick: "slow", until: "header" });
    await passed(endsAtMs + 1_500);
    slow.goOn();
    await eventually("the slow player is in", () => slow.sync ?? slow.end);
    expect(slow.sync).toBeDefined();
  });

  it("is ended when a client that came before the deadline leaves after it", async (context) => {
    const test = afterThisTest(context);
    const { port, endsAtMs } = await openSession();
    await passed(endsAtMs - 500);
    const slow = startSmallClient(test, { port, nick: "gone", until: "header" });
    await passed(endsAtMs + 1_000);
    expect(await server.session(port)).toMatchObject({ state: "standby" });
    slow.socket.destroy();
    await eventually("the session is gone", async () => (await server.session(port)) === undefined, 2_000);
  });

  it("answers a POKE without waking its host", async (context) => {
    const { port, hostPid } = await openSession();
    await asleep(hostPid);
    const before = contextSwitches(hostPid);
    const poke = new RawConnection(port);
    afterThisTest(context).defer(() => poke.socket.destroy());
    poke.socket.write("POKE");
    await poke.end();
    expect(poke.received).toHaveLength(HEADER_BYTES);
    expect(poke.received.toString("latin1", 0, 4)).toBe("RANP");
    expect(processState(hostPid)).toBe("T");
    expect(contextSwitches(hostPid)).toBe(before);
  });

  it("is neither woken nor prolonged by a silent connection", async (context) => {
    const { port, hostPid, endsAtMs } = await openSession();
    await asleep(hostPid);
    const before = contextSwitches(hostPid);
    const silent = new RawConnection(port);
    afterThisTest(context).defer(() => silent.socket.destroy());
    const { seen, endedAtMs } = await watchSleep(hostPid, () => ({
      switches: contextSwitches(hostPid),
      closed: silent.ended,
    }));
    expect(seen).toEqual([{ switches: before, closed: false }]);
    expect(endedAtMs).toBeGreaterThan(endsAtMs - 300);
    await silent.end();
    await eventually("the host is gone", () => !isRunning(hostPid));
    expect(performance.now() - endsAtMs).toBeLessThan(2_500);
  });

  it("is woken by a header without a nickname, and prolonged by no more than the time for a handshake", async (context) => {
    const { port, hostPid, endsAtMs } = await openSession();
    await asleep(hostPid);
    const half = startSmallClient(afterThisTest(context), { port, until: "header" });
    await eventually("the host runs", () => processState(hostPid) !== "T");
    await half.ended(HANDSHAKE_MS);
    expect(half.hostHeader).toMatchObject({ magic: "RANP", protocol: 6 });
    await eventually("the host is gone", () => !isRunning(hostPid));
    expect(performance.now() - endsAtMs).toBeLessThan(HANDSHAKE_MS);
    await server.logs("session ends", { port, cause: "idle" });
  });

  it("lets its host sleep again when the client that woke it is gone", async (context) => {
    const { port, hostPid } = await openSession();
    const half = startSmallClient(afterThisTest(context), { port, until: "header" });
    await eventually("the host runs", () => processState(hostPid) !== "T");
    await half.close();
    await asleep(hostPid);
  });

  it("starts the game when the first player joins, and runs on from the start where freeze is false", async (context) => {
    const test = afterThisTest(context);
    const sleepless = await Netplayd.start(test, { sessions: { idleSeconds: 10, freeze: false } });
    const awake = await openSession(sleepless);
    const { port, hostPid } = await openSession();
    await asleep(hostPid);
    const spent = contextSwitches(awake.hostPid);
    await eventually("a host without players to be at work", () => {
      return contextSwitches(awake.hostPid) > spent + SWITCHES;
    });
    const ann = await joinSmallClient(test, { port });
    const bob = await joinSmallClient(test, { port: awake.port });
    expect(bob.sync?.frame).toBeGreaterThan(75);
    expect(ann.sync?.frame).toBeLessThan(60);
    expect(await ann.measureFps(1_000)).toBeGreaterThan(30);
  });

  it("is not ended while there is a spectator, and is ended after the last client has left", async (context) => {
    const { port, hostPid } = await openSession();
    const eve = await joinSmallClient(afterThisTest(context), { port, nick: "eve", spectate: true });
    const later = await openSession();
    await eventually("a session that was opened later, without clients, is gone", async () => {
      return !isRunning(later.hostPid) && (await server.session(later.port)) === undefined;
    });
    expect(await server.session(port)).toMatchObject({
      state: "playing",
      idleDeadline: null,
      roster: [{ nick: "eve", players: [] }],
    });
    expect(eve.end).toBeUndefined();
    await eve.close();
    await asleep(hostPid);
    await eventually("the host is gone", () => !isRunning(hostPid));
  });
});
