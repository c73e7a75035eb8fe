import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { toCrc32 } from "../../../src/shared/index.ts";
import { readStartTicks } from "../../../src/processes/index.ts";
import { createFakeHosting, type FakeHosting } from "../../helpers/fake-hosting.ts";
import { eventually } from "../../helpers/eventually.ts";
import { RawConnection } from "../../helpers/netplay-room.ts";

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

function processState(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
}

function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", () => {
      resolve(true);
    });
  });
}

/** Opens a session that must start, and waits until its host process is known. */
async function openSession(fake: FakeHosting): Promise<{ sessionId: string; port: number; pid: number }> {
  const opened = await fake.open();
  if (!opened.ok) {
    throw new Error(`refused: ${opened.reason}`);
  }
  const { sessionId, port } = opened.value;
  const pid = fake.hosting.sessions().find((session) => session.sessionId === sessionId)?.pid;
  if (pid === undefined) {
    throw new Error("a session that is up has a host");
  }
  return { sessionId, port, pid };
}

async function nothingLeft(fake: FakeHosting, { port, pid }: { port: number; pid: number }): Promise<void> {
  await eventually("the session to be gone", () => fake.hosting.sessions().length === 0);
  expect(isRunning(pid)).toBe(false);
  expect(await refuses(port)).toBe(true);
  expect(fake.sessionFolders()).toEqual([]);
}

function causes(fake: FakeHosting): unknown[] {
  return fake.lines.filter((line) => line.msg === "session gone").map((line) => line.cause);
}

describe("a host", () => {
  it("is ready when it has dialled in, and sleeps", async () => {
    const fake = await createFakeHosting("hosts");
    const session = await openSession(fake);
    await eventually("the host to sleep", () => processState(session.pid) === "T");
  });

  it("runs on when it may not sleep", async () => {
    const sleepless = await openSession(await createFakeHosting("hosts", { freeze: false }));
    const sleeper = await openSession(await createFakeHosting("hosts"));
    await eventually("the host that may sleep, and got ready later, to sleep", () => {
      return processState(sleeper.pid) === "T";
    });
    expect(processState(sleepless.pid)).not.toBe("T");
  });

  it("is ended, with its port and its folder, when no client comes", async () => {
    const fake = await createFakeHosting("hosts", { idleSeconds: 0.2 });
    const session = await openSession(fake);
    await nothingLeft(fake, session);
    expect(causes(fake)).toEqual(["idle"]);
  });

  it("that never dials in is refused and ended, and its own messages are in the log", async () => {
    const fake = await createFakeHosting("never-dials-in", { startSeconds: 0.5 });
    expect(await fake.open()).toEqual({ ok: false, reason: "start-failed" });
    await eventually("the session to be gone", () => fake.hosting.sessions().length === 0);
    expect(causes(fake)).toEqual(["start-timeout"]);
    const failure = fake.lines.find((line) => line.msg === "session failed");
    expect(failure?.hostLog).toContain("[ERROR] [Netplay] Core does not support netplay.");
    expect(fake.sessionFolders()).toEqual([]);
  });

  it("that dials in too late is refused and ended", async () => {
    const fake = await createFakeHosting("dials-in-late", { startSeconds: 0.2 });
    expect(await fake.open()).toEqual({ ok: false, reason: "start-failed" });
    await eventually("the session to be gone", () => fake.hosting.sessions().length === 0);
  });

  it("that dials in late, but in time, hosts", async () => {
    const fake = await createFakeHosting("dials-in-late");
    expect((await fake.open()).ok).toBe(true);
  });

  it("that crashes before it hosts is refused at once, with its own messages in the log", async () => {
    const fake = await createFakeHosting("crashes-before-ready");
    expect(await fake.open()).toEqual({ ok: false, reason: "start-failed" });
    const failure = await eventually("the failure in the log", () =>
      fake.lines.find((line) => line.msg === "session failed"),
    );
    expect(failure).toMatchObject({ cause: "start-exited" });
    expect(failure.hostLog).toEqual(["[ERROR] [Content]: Failed to load content"]);
  });

  it("that crashes while it hosts ends its session at once", async () => {
    const fake = await createFakeHosting("crashes-after-ready", { freeze: false });
    const opened = await fake.open();
    await eventually("the session to be gone", () => fake.hosting.sessions().length === 0);
    expect(causes(fake)).toEqual(["host-exited"]);
    expect(fake.lines.filter((line) => line.msg === "session failed")).toMatchObject([
      { cause: "host-exited" },
    ]);
    expect(fake.lines.find((line) => line.msg === "host process ended")).toMatchObject({ signal: "SIGSEGV" });
    expect(opened.ok && (await refuses(opened.value.port))).toBe(true);
  });

  it("that gives up netplay is ended, although its process runs on", async () => {
    const fake = await createFakeHosting("gives-up-netplay", { freeze: false });
    const session = await openSession(fake);
    await nothingLeft(fake, session);
    expect(causes(fake)).toEqual(["host-lost"]);
  });

  it("that sends garbage on its control connection is ended", async () => {
    const fake = await createFakeHosting("sends-garbage", { freeze: false });
    const session = await openSession(fake);
    await nothingLeft(fake, session);
    expect(causes(fake)).toEqual(["host-lost"]);
  });

  it("that ignores SIGTERM is killed", async () => {
    const fake = await createFakeHosting("ignores-term");
    const session = await openSession(fake);
    fake.hosting.stop(fake.hosting.sessions()[0]?.sessionId ?? ("" as never));
    await nothingLeft(fake, session);
    expect(fake.lines.some((line) => line.msg === "the host ignored SIGTERM and is killed")).toBe(true);
  });

  it("that floods its log does not fill the disk", async () => {
    const fake = await createFakeHosting("floods-log", { freeze: false });
    await openSession(fake);
    await eventually("the log to be emptied", () =>
      fake.lines.some((line) => line.msg === "the host floods its log, which was emptied"),
    );
    const [folder = ""] = readdirSync(fake.sessionsDir);
    await eventually("the log to stay short", () => {
      return statSync(path.join(fake.sessionsDir, folder, "retroarch.log")).size < 8 * 1024 * 1024;
    });
  });

  it("that cannot be started at all is refused", async () => {
    const fake = await createFakeHosting("there-is-no-such-program");
    expect(await fake.open()).toEqual({ ok: false, reason: "start-failed" });
    await eventually("the session to be gone", () => fake.hosting.sessions().length === 0);
    expect(causes(fake)).toEqual(["spawn-failed"]);
  });
});

describe("a stranger who dials the tunnel port of a session before its host does", () => {
  const RATS = Buffer.concat([Buffer.from("RATS"), Buffer.alloc(12)]);

  it("is closed without an answer and logged once, and the host hosts", async () => {
    const fake = await createFakeHosting("dials-in-late", { freeze: false });
    const opening = fake.open();
    const port = await eventually("the tunnel port", () => {
      const [name = ""] = fake.sessionFolders();
      const file = path.join(fake.sessionsDir, name, "retroarch.cfg");
      const [, found] = /127\.0\.0\.1\|(\d+)/.exec(existsSync(file) ? readFileSync(file, "utf8") : "") ?? [];
      return found === undefined ? undefined : Number(found);
    });
    const strangers = [new RawConnection(port), new RawConnection(port)];
    strangers.forEach(({ socket }) => socket.write(RATS));
    await Promise.all(strangers.map((stranger) => stranger.end()));
    expect(strangers.map(({ received }) => received.length)).toEqual([0, 0]);
    expect((await opening).ok).toBe(true);
    expect(fake.lines.filter(({ msg }) => String(msg).includes("dialled its tunnel port"))).toHaveLength(1);
    const late = new RawConnection(port);
    late.socket.write(RATS);
    await late.end();
    expect(fake.hosting.sessions()).toMatchObject([{ state: { name: "standby" } }]);
  });

  it("does not include a host that a script has started", async () => {
    const fake = await createFakeHosting("started-by-a-script", { freeze: false });
    expect((await fake.open()).ok).toBe(true);
  });
});

describe("a host that is ended while it starts", () => {
  it("leaves no process and no folder", async () => {
    const fake = await createFakeHosting("never-dials-in");
    const opening = fake.open();
    const pid = await eventually("the host process", () => fake.hosting.sessions()[0]?.pid);
    await fake.hosting.close();
    expect(await opening).toEqual({ ok: false, reason: "shutting-down" });
    expect(isRunning(pid)).toBe(false);
    expect(fake.sessionFolders()).toEqual([]);
  });

  it("does not get netplayd's environment", async () => {
    const fake = await createFakeHosting("hosts", { freeze: false });
    const { pid } = await openSession(fake);
    const names = readFileSync(`/proc/${pid}/environ`, "latin1")
      .split("\0")
      .map((entry) => entry.split("=")[0]);
    expect(names).toContain("DBUS_FATAL_WARNINGS");
    expect(names).not.toContain("npm_config_user_agent");
    expect(names).not.toContain("VITEST");
  });
});

describe("a session that waits until another has given way", () => {
  it.each(["begins then", "is refused when the server stops meanwhile"])(
    "is listed, and %s",
    async (outcome) => {
      const fake = await createFakeHosting("hosts", { max: 1, unjoinedPerAddress: 0 });
      await openSession(fake);
      const [first] = fake.hosting.sessions();
      const asked = {
        coreName: "Fake",
        coreVersion: "",
        crc: toCrc32(1),
        passwordHash: undefined,
        passes: [],
      };
      const from = { address: "198.51.100.1", port: 5000, ...asked };
      const opening = first && fake.hosting.roomSessions.openFor(from, first.game);
      expect(fake.hosting.sessions().map(({ state }) => state.name)).toEqual(["stopping", "reserved"]);
      if (outcome === "begins then") {
        expect(await opening).toMatchObject({ ok: true });
        expect(fake.hosting.sessions()).toHaveLength(1);
        expect(causes(fake)).toEqual(["evicted"]);
      } else {
        await fake.hosting.close();
        expect(await opening).toEqual({ ok: false, reason: "shutting-down" });
        expect(fake.sessionFolders()).toEqual([]);
      }
    },
  );
});

describe("sessions", () => {
  it("are refused beyond the limit, without a process", async () => {
    const fake = await createFakeHosting("hosts", { max: 1 });
    const session = await openSession(fake);
    expect(await fake.open()).toEqual({ ok: false, reason: "max-sessions" });
    expect(fake.sessionFolders()).toHaveLength(1);
    fake.hosting.stop(fake.hosting.sessions()[0]?.sessionId ?? ("" as never));
    await nothingLeft(fake, session);
    expect((await fake.open()).ok).toBe(true);
  });

  it("skip a port that another program uses, and are refused when all ports are in use", async () => {
    const fake = await createFakeHosting("hosts", { max: 4 });
    const { first, last } = fake.config.sessions.ports;
    const holders = await Promise.all(
      [first, first + 1].map(
        (port) =>
          new Promise<ReturnType<typeof createServer>>((resolve) => {
            const server = createServer().listen(port, "127.0.0.1", () => {
              resolve(server);
            });
          }),
      ),
    );
    try {
      const ports = [(await openSession(fake)).port, (await openSession(fake)).port];
      expect(ports.sort()).toEqual([last - 1, last]);
      expect(await fake.open()).toEqual({ ok: false, reason: "no-port" });
    } finally {
      holders.forEach((server) => server.close());
    }
  });

  it("all end when hosting closes, asleep or reserved, however often that is asked, and new ones are refused", async () => {
    const fake = await createFakeHosting("hosts", { max: 3 });
    const first = await openSession(fake);
    const starting = fake.open();
    const closing = fake.hosting.close();
    await Promise.all([closing, fake.hosting.close()]);
    expect(await starting).toEqual({ ok: false, reason: "shutting-down" });
    await nothingLeft(fake, first);
    expect(await fake.open()).toEqual({ ok: false, reason: "shutting-down" });
    expect(await readStartTicks(first.pid)).toBe("");
  });
});
