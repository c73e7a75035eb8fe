import { copyFileSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { afterThisTest } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { LiveRoom } from "../helpers/live-room.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { startPlayer, startSmallClient } from "../helpers/players.ts";
import { rally } from "../helpers/rally.ts";

// Most of the time is spent waiting for deadlines: side by side.
describe.concurrent("a host that hangs", () => {
  it("ends its session in time, and a room that is always on comes back for the same players", async (context) => {
    const test = afterThisTest(context);
    const rooms = [{ name: "Friday", core: "Nestopia", game: "rally", keep: "always" }];
    const server = await Netplayd.start(test, { rooms });
    const room = async () => (await server.rooms())[0];
    await eventually("the room is up", async () => (await room())?.state === "standby");
    const id = (await room())?.id ?? "";
    const join = async (nick: string, player: number): Promise<void> => {
      const client = await startPlayer(test, server, { port: server.doorPort, nick, session: id });
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

  it("is not one that waits for a slow player", async (context) => {
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
  });
});

describe.concurrent("content that was replaced since the scan", () => {
  /** Another game in a file of the same length. */
  function replace(file: string): void {
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
    writeFileSync(file, bytes);
  }

  it("is not hosted before it was read again", async (context) => {
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

  it("ends its session when the host announces it, and lets nobody in with what the catalog has", async (context) => {
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
