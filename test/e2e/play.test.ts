import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { afterAllTests, afterThisTest } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { hex } from "../helpers/netplay-bytes.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { joinAs, joinSmallClient } from "../helpers/players.ts";
import { isRunning, socketsOf } from "../helpers/process-facts.ts";
import { measurePace, padBits, rally } from "../helpers/rally.ts";
import { buttons, type RetroArchClient } from "../helpers/retroarch-client.ts";
import { takesConnections } from "../helpers/tcp.ts";

const IDLE_SECONDS = 2;

const cleanup = afterAllTests();
let server: Netplayd;

beforeAll(async () => {
  server = await Netplayd.start(cleanup, { sessions: { idleSeconds: IDLE_SECONDS } });
});

/** Both pads in the memory of this player's game. */
function padsOf(player: RetroArchClient): Promise<number[]> {
  return player.ram(rally.address.pads, 2);
}

/** Resolves when the games of all these players have these pads. */
async function allSee(players: readonly RetroArchClient[], pads: readonly number[]): Promise<void> {
  await eventually(`pads ${pads.join()} in every player's memory`, async () => {
    const seen = await Promise.all(players.map(padsOf));
    return seen.every((each) => each.join() === pads.join());
  });
}

describe("a request", () => {
  it("is answered with two bytes: the game's port", async () => {
    const datagram = Buffer.concat([
      hex("08 4e 65 73 74 6f 70 69 61"), // core name, 8 bytes: Nestopia
      hex("06 31 2e 35 32 2e 30"), // core version, 6 bytes: 1.52.0
      hex("0c 50 61 64 64 6c 65 20 52 61 6c 6c 79"), // game name, 12 bytes: Paddle Rally
      hex("05 72 61 6c 6c 79"), // base file name, 5 bytes: rally
      hex(rally.crcHex), // CRC-32 of the content
    ]);
    const test = afterThisTest();
    const reply = await (await server.launcher(test)).exchange(datagram);
    expect(reply).toHaveLength(2);
    const port = reply.readUInt16BE(0);
    expect(port).toBeGreaterThanOrEqual(server.firstPort);
    expect(port).toBeLessThanOrEqual(server.lastPort);
    const ann = await joinSmallClient(test, { port, nick: "ann" });
    expect(ann.hostInfo).toMatchObject({ coreName: "Nestopia", crc: rally.crc });
  });
});

describe("two players", () => {
  it("see each other's buttons, and so do all others in the room", async () => {
    const test = afterThisTest();
    const port = await server.ask();
    const ann = await joinAs(1, test, server, { port, nick: "ann" });
    const bob = await joinAs(2, test, server, { port, nick: "bob" });
    const eve = await joinSmallClient(test, { port, nick: "eve", spectate: true });
    await allSee([ann, bob], [0, 0]);
    await ann.hold(buttons.A);
    await allSee([ann, bob], [padBits.A, 0]);
    await bob.hold(buttons.B);
    await allSee([ann, bob], [padBits.A, padBits.B]);
    await ann.hold();
    await allSee([ann, bob], [0, padBits.B]);
    await eventually("the host tells the spectator of bob's button alone", () => {
      const [annInput, bobInput] = [1, 2].map((clientNumber) => eve.inputs.get(clientNumber));
      return annInput === 0 && bobInput === 1 << buttons.B;
    });
  });

  // Other work on this machine may slow a game down for a moment, but not every time.
  it("play at 60 frames a second", { retry: 2 }, async () => {
    const test = afterThisTest();
    const port = await server.ask();
    const ann = await joinAs(1, test, server, { port, nick: "ann" });
    const bob = await joinAs(2, test, server, { port, nick: "bob" });
    for (const pace of await Promise.all([ann, bob].map((player) => measurePace(player, 3_000)))) {
      expect(pace.fps).toBeGreaterThan(58);
      expect(pace.fps).toBeLessThan(62);
    }
  });

  it("leave without ending the game for the other, a third one joins, and no process or folder is left at the end", async () => {
    const test = afterThisTest();
    const port = await server.ask();
    const hostPid = await server.hostPid(port);
    const ann = await joinAs(1, test, server, { port, nick: "ann" });
    const bob = await joinAs(2, test, server, { port, nick: "bob" });
    await ann.quit();
    await eventually("ann is off the roster", async () => (await server.session(port))?.roster.length === 1);
    expect((await measurePace(bob, 1_500)).fps).toBeGreaterThan(30);

    const cyd = await joinAs(1, test, server, { port, nick: "cyd" });
    await cyd.hold(buttons.A);
    await allSee([bob, cyd], [padBits.A, 0]);
    expect((await server.session(port))?.roster).toMatchObject([
      { nick: "bob", players: [2], address: "127.0.0.1" },
      { nick: "cyd", players: [1], address: "127.0.0.1" },
    ]);

    await Promise.all([bob.quit(), cyd.quit()]);
    const allLeftAt = performance.now();
    await eventually("the host is gone", () => !isRunning(hostPid));
    expect(performance.now() - allLeftAt).toBeGreaterThan(IDLE_SECONDS * 1000 - 500);
    await eventually("the port is free", async () => !(await takesConnections(port)));
    await eventually("the session is gone", async () => (await server.session(port)) === undefined);
    await server.logs("session ends", { port, cause: "idle" });
    expect(server.hosts()).not.toContain(hostPid);
  });
});

describe("the host", () => {
  it("listens on no port, neither asleep nor with players", async () => {
    const port = await server.ask();
    const hostPid = await server.hostPid(port);
    // The server's own ports show that the check finds listening ports.
    expect(socketsOf(server.pid)).toMatchObject({ udp: [server.controlPort] });
    expect(socketsOf(server.pid).tcpListeners).toContain(port);
    expect(socketsOf(hostPid)).toEqual({ tcpListeners: [], udp: [], tcpConnections: 1 });
    await joinSmallClient(afterThisTest(), { port });
    expect(socketsOf(hostPid)).toEqual({ tcpListeners: [], udp: [], tcpConnections: 2 });
  });

  it("sends its battery RAM to players who join later", async () => {
    const test = afterThisTest();
    const port = await server.ask();
    const ann = await joinAs(1, test, server, { port, nick: "ann" });
    // After a button, player 1 counts as a person. When the computer returns the ball, that is a record.
    await ann.hold(buttons.A);
    const [best = 0] = await eventually("a record", async () => {
      const bytes = await ann.ram(rally.address.best, 1);
      return bytes[0] !== 0 && bytes;
    });
    const bob = await joinSmallClient(test, { port, nick: "bob", spectate: true });
    expect(bob.sram).toHaveLength(8192);
    expect(bob.sram.toString("latin1", 0, 5)).toBe("RALLY");
    expect(bob.sram[5]).toBeGreaterThanOrEqual(best);
    await ann.quit();
    const saved = readFileSync(path.join(ann.folder, ".netplay", "rally.srm"));
    expect(saved.subarray(0, 5)).toEqual(bob.sram.subarray(0, 5));
    expect(saved[5]).toBeGreaterThanOrEqual(best);
  });
});

describe("a client without compression", () => {
  it("plays with a stock one, and gets the same savestates uncompressed", async () => {
    const test = afterThisTest();
    const port = await server.ask();
    const hostPid = await server.hostPid(port);
    const ann = await joinAs(1, test, server, { port, nick: "ann" });
    const eve = await joinSmallClient(test, { port, nick: "eve", spectate: true });
    const old = await joinSmallClient(test, { port, nick: "old", compression: 0 });
    await eventually("MODE says that it plays", () => old.ports.join() === "2");
    const plain = await eventually("a savestate", () => old.savestates[0]);
    expect(plain.data).toHaveLength(plain.uncompressedBytes);
    const packed = await eventually("the same savestate for another", () =>
      eve.savestates.find(({ frame }) => frame === plain.frame),
    );
    expect(packed.data.equals(plain.data)).toBe(true);

    old.press(1 << buttons.B);
    await ann.hold(buttons.A);
    await allSee([ann], [padBits.A, padBits.B]);
    await eventually("ann's button reaches it", () => old.inputs.get(1) === 1 << buttons.A);
    await ann.hold();
    old.press(0);
    expect((await measurePace(ann, 1_500)).fps).toBeGreaterThan(30);
    expect(await server.hostPid(port)).toBe(hostPid);
  });
});
