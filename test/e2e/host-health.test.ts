import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { afterThisTest, type Cleanup } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { LiveRoom } from "../helpers/live-room.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { joinSmallClient, startPlayer, startSmallClient } from "../helpers/players.ts";
import { isRunning } from "../helpers/process-facts.ts";
import { openRealRoom } from "../helpers/real-room.ts";
import { rally, rallyRequest } from "../helpers/rally.ts";

/** A core whose game hangs two seconds after its start, so that RetroArch obeys no SIGTERM either; its info file is beside it. */
function buildHangingCore(test: Cleanup): string {
  const source = path.resolve(import.meta.dirname, "../fixtures/hanging-core.c");
  const library = path.join(test.folder(), "hanging_libretro.so");
  execFileSync("gcc", ["-shared", "-fPIC", "-o", library, source]);
  writeFileSync(library.replace(/so$/, "info"), 'supported_extensions = "nes"\n');
  return library;
}

// The tests mostly wait for deadlines, so they run at the same time.
describe.concurrent("a host that hangs", () => {
  it("ends its session in time, and a room that is always on comes back for the same players", async (context) => {
    const test = afterThisTest(context);
    const rooms = [{ name: "Friday", core: "Nestopia", game: "rally", keep: "always" }];
    const server = await Netplayd.start(test, { rooms });
    const room = async () => (await server.rooms())[0];
    await eventually("the room is up", async () => (await room())?.state === "standby");
    const id = (await room())?.id ?? "";
    const join = async (nick: string, player: number): Promise<void> => {
      const client = await startPlayer(test, server, { port: server.netplayPort, nick, session: id });
      await client.joinedAs(player);
    };
    await join("ann", 1);
    await join("bob", 2);
    const [hung = 0] = server.hosts();
    const hungAtMs = performance.now();
    process.kill(hung, "SIGSTOP");
    const failure = await server.logs("session failed", { cause: "host-hung" }, 13_000);
    expect(performance.now() - hungAtMs).toBeGreaterThan(8_000);
    expect(failure.hostLog).not.toEqual([]);
    await server.logs("session gone", { cause: "host-hung" }, 6_000);
    await eventually("the room is up again", async () => (await room())?.state === "standby");
    expect(server.hosts()).not.toContain(hung);
    await join("carl", 1);
    await join("dora", 2);
  });

  it("without players is noticed as well, unless it sleeps", async (context) => {
    const test = afterThisTest(context);
    const server = await Netplayd.start(test, { sessions: { freeze: false } });
    const port = await server.ask();
    process.kill(await server.hostPid(port), "SIGSTOP");
    await server.logs("session failed", { cause: "host-hung", port }, 13_000);
    await eventually("nothing is left", async () => (await server.sessions()).length === 0);
    expect(server.sessionFolders()).toEqual([]);
  });

  it("and does not obey SIGTERM is killed five seconds later", async (context) => {
    const test = afterThisTest(context);
    const library = buildHangingCore(test);
    const server = await Netplayd.start(test, {
      cores: [{ name: "Hanging", library, netplay: "allow" }],
      retroarch: { info: path.dirname(library) },
      sessions: { freeze: false },
    });
    const port = await server.ask(rallyRequest({ core: "Hanging" }));
    const host = await server.hostPid(port);
    await server.logs("session failed", { cause: "host-hung", port }, 16_000);
    const endedAtMs = performance.now();
    expect(isRunning(host)).toBe(true);
    await server.logs("host process ended", { signal: "SIGKILL" }, 7_000);
    expect(performance.now() - endedAtMs).toBeGreaterThan(4_000);
    await eventually("nothing is left", async () => (await server.sessions()).length === 0);
    expect(isRunning(host)).toBe(false);
    expect(server.sessionFolders()).toEqual([]);
  });

  it("is not one that waits for a player, which answers pings meanwhile", async (context) => {
    const test = afterThisTest(context);
    const room = await openRealRoom(test, { hostPingMs: 50, hostSilentMs: 500 });
    const ann = await joinSmallClient(test, { port: room.port, nick: "ann", localAddress: "127.0.0.2" });
    const bob = await joinSmallClient(test, { port: room.port, nick: "bob", localAddress: "127.0.0.3" });
    await eventually("both play", () => ann.framesSeen > 60 && bob.ports.length > 0 && bob.framesSeen > 60);
    const stoppedAtMs = performance.now();
    bob.stopReading();
    await eventually("the room waits for bob", () => performance.now() - stoppedAtMs > 2_000);
    const frames = ann.framesSeen;
    await eventually("the host ends bob", () => room.of("left").length === 1, 6_000);
    expect(performance.now() - stoppedAtMs).toBeGreaterThan(4_500);
    expect(ann.framesSeen - frames).toBeLessThan(60);
    await eventually("ann plays on", () => ann.framesSeen > frames + 120);
    expect(room.of("left")[0]).toMatchObject({ client: { nick: "bob" }, reason: "host-closed" });
    expect([...room.of("hung"), ...room.of("lost")]).toEqual([]);
  });

  it("is not one that waits for a slow stock player: both players play on afterwards", async (context) => {
    const test = afterThisTest(context);
    const live = await LiveRoom.open(test);
    const [, bob] = live.players;
    const untilMs = performance.now() + 4_000;
    process.kill(bob.pid, "SIGSTOP");
    try {
      await eventually("four seconds pass", () => performance.now() > untilMs);
    } finally {
      process.kill(bob.pid, "SIGCONT");
    }
    await eventually("both play on", async () => {
      const session = await live.server.session(live.port);
      return session?.state === "playing" && session.roster.length === 2;
    });
    await live.buttonsTravel();
    expect(live.server.logged("session failed")).toBeUndefined();
    expect(live.server.logged("client left")).toBeUndefined();
  });
});

describe.concurrent("content that was replaced since the scan", () => {
  /** Another game in a file of the same length. */
  function replace(file: string): void {
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
    writeFileSync(file, bytes);
  }

  it("is not hosted before it is scanned again", async (context) => {
    const test = afterThisTest(context);
    const server = await Netplayd.start(test);
    replace(server.content);
    utimesSync(server.content, 1_000, 1_000);
    expect(await server.ask()).toBe(0);
    await server.logs("request refused", { reason: "content-changed" });
    copyFileSync(rally.file, server.content);
    expect(await server.run("catalog", "scan", server.folder)).toMatchObject({ code: 0 });
    expect(await server.ask()).toBeGreaterThan(0);
  });

  it("ends its session when the host announces it, and no player with the old content gets in", async (context) => {
    const test = afterThisTest(context);
    const server = await Netplayd.start(test);
    utimesSync(server.content, 1_000, 1_000);
    await server.run("catalog", "scan", server.folder);
    replace(server.content);
    utimesSync(server.content, 1_000, 1_000);
    const port = await server.ask();
    const wrong = startSmallClient(test, { port });
    await wrong.ended();
    expect(wrong.sync).toBeUndefined();
    await server.logs("session failed", { cause: "wrong-content" });
    const told = server.log.find(({ catalogCrc }) => catalogCrc === rally.crcHex);
    expect(told?.crc).not.toBe(rally.crcHex);
    await eventually("nothing is left", async () => (await server.sessions()).length === 0);
    expect(await server.ask()).toBe(0);
    await server.logs("request refused", { reason: "failed-lately" });
  });
});
