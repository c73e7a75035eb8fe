import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { afterAllTests, afterThisTest } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { joinAs, joinSmallClient, startPlayer, startSmallClient } from "../helpers/players.ts";
import { measurePace, rally } from "../helpers/rally.ts";
import { nestopia } from "../helpers/retroarch-client.ts";

const cleanup = afterAllTests();
let server: Netplayd;

beforeAll(async () => {
  server = await Netplayd.start(cleanup, { sessions: { maxClients: 2 } });
});

/** The demo game with one byte changed: a game that runs, of another CRC. */
function anotherGame(): string {
  const bytes = readFileSync(rally.file);
  const title = bytes.indexOf("RALLY");
  bytes.writeUInt8(bytes.readUInt8(title) ^ 1, title);
  const file = path.join(server.folder, "another.nes");
  writeFileSync(file, bytes);
  return file;
}

/** Nestopia under another name of the same length. */
function anotherCore(): string {
  const bytes = readFileSync(nestopia.library);
  const name = Buffer.from("\0Nestopia\0");
  for (let at = bytes.indexOf(name); at !== -1; at = bytes.indexOf(name, at + 1)) {
    bytes.write("Nestopic", at + 1);
  }
  const file = path.join(server.folder, "another_libretro.so");
  writeFileSync(file, bytes);
  return file;
}

describe("a stock player with another game or core", () => {
  it("is refused with another game, and its RetroArch says that the CRCs differ", async () => {
    const test = afterThisTest();
    const port = await server.ask();
    const ann = await startPlayer(test, server, { port, nick: "ann", content: anotherGame() });
    await server.logs("client did not get into the game", { nick: "ann", reason: "wrong-content" });
    await ann.sees("Content CRC32s differ");
    expect(ann.log()).not.toContain("You have joined");
    expect((await server.session(port))?.roster).toEqual([]);
  });

  it("is refused with another core, and its RetroArch says so", async () => {
    const test = afterThisTest();
    const port = await server.ask();
    const ann = await startPlayer(test, server, { port, nick: "ben", library: anotherCore() });
    await ann.sees("A netplay peer is running a different core. Cannot connect.");
    // It disconnects after the host's INFO, before it sends its own.
    await server.logs("client did not get into the game", { nick: "ben" });
    expect((await server.session(port))?.roster).toEqual([]);
  });

  it("does not disturb a player in the room", async () => {
    const test = afterThisTest();
    const port = await server.ask();
    const ann = await joinAs(1, test, server, { port, nick: "ann" });
    await startPlayer(test, server, { port, nick: "cyd", content: anotherGame() });
    await server.logs("client did not get into the game", { nick: "cyd", reason: "wrong-content" });
    expect((await measurePace(ann, 1_500)).fps).toBeGreaterThan(30);
  });
});

describe.concurrent("a client that says it has", () => {
  it.each([
    ["another core", { core: "Gambatte" }, "wrong-core"],
    ["another game", { crc: 0xdeadbeef }, "wrong-content"],
    ["no game", { crc: 0 }, "wrong-content"],
  ])("%s sees the host's INFO and is let go", async (what, wrong, reason) => {
    const port = await server.ask();
    const mallory = startSmallClient(cleanup, { port, nick: what, ...wrong });
    await mallory.ended();
    expect(mallory.hostInfo).toMatchObject({ coreName: "Nestopia", crc: rally.crc });
    expect(mallory.sync).toBeUndefined();
    await server.logs("client did not get into the game", { nick: what, reason });
  });
});

describe("a session that is full", () => {
  it("tells a stock player so, and accepts the next one when a player has left", async () => {
    const test = afterThisTest();
    const port = await server.ask();
    const [first] = await Promise.all([joinSmallClient(test, { port }), joinSmallClient(test, { port })]);
    const ann = await startPlayer(test, server, { port, nick: "ann" });
    await ann.sees("Netplay host full");
    await first.close();
    await eventually("a slot is free", async () => (await server.session(port))?.roster.length === 1);
    await joinSmallClient(test, { port });
  });
});

describe("the operator", () => {
  it("kicks a stock player, who is denied on return, and the rest play on", async () => {
    const test = afterThisTest();
    const port = await server.ask();
    const bob = await joinSmallClient(test, { port, nick: "bob", localAddress: "127.0.0.2" });
    const ann = await joinAs(2, test, server, { port, nick: "ann" });
    const id = (await server.session(port))?.id ?? "";
    expect(await server.run("sessions", "kick", id, "ann")).toMatchObject({ code: 0 });
    await ann.sees("Netplay disconnected");
    await server.logs("client left", { nick: "ann", reason: "kicked" });
    const again = await startPlayer(test, server, { port, nick: "again" });
    await again.sees("You are banned from this host");
    expect((await server.session(port))?.roster).toMatchObject([{ nick: "bob" }]);
    expect(await bob.measureFps(1_000)).toBeGreaterThan(30);
  });
});
