import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { connect } from "node:net";
import { beforeAll, describe, expect, it, onTestFailed } from "vitest";
import { encodeClientHeader, encodeNickCommand } from "../../src/netplay/index.ts";
import { afterAllTests, afterThisTest, type Cleanup } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { joinAs, joinSmallClient, startSmallClient } from "../helpers/players.ts";
import { childrenOf, residentMiB, udpQueue } from "../helpers/process-facts.ts";
import { rallyRequest } from "../helpers/rally.ts";
import type { RetroArchClient } from "../helpers/retroarch-client.ts";

const DATAGRAMS = 120_000;
const STREAMS = 1_500;
/** Memory growth that is not a leak: buffers and slack of the heap. */
const SLACK_MIB = 32;

const cleanup = afterAllTests();
let server: Netplayd;

beforeAll(async () => {
  server = await Netplayd.start(cleanup, { sessions: { maxClients: 30 } });
  // At its first start the server tries the core.
  await eventually("the server has no children", () => childrenOf(server.pid).length === 0);
});

/** Pseudo-random bytes, the same for the same seed (mulberry32). */
function randomSource(seed: number): { below: (limit: number) => number; bytes: (length: number) => Buffer } {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    below: (limit) => next() % limit,
    bytes: (length) => Buffer.from(Array.from({ length }, () => next() & 0xff)),
  };
}

type Random = ReturnType<typeof randomSource>;

/** Prints the seed when the test fails. */
function newRandom(): Random {
  const seed = randomInt(2 ** 31);
  onTestFailed(() => {
    console.error(`seed ${seed}`);
  });
  return randomSource(seed);
}

/** A datagram for which no game can be hosted. */
function badDatagram(random: Random): Buffer {
  const good = rallyRequest();
  switch (random.below(5)) {
    case 0:
      return random.bytes(random.below(60));
    case 1:
      return random.bytes(random.below(1_400));
    case 2:
      return good.subarray(0, random.below(good.length));
    case 3:
      return Buffer.concat([good, random.bytes(1 + random.below(30))]);
    default:
      // A well-formed request for a game that is not in the catalog.
      return rallyRequest({
        core: random.below(2) === 0 ? "Nestopia" : "Unknown",
        crc: 1 + random.below(1_000),
      });
  }
}

/** A stream of random bytes, which may begin like a client's. */
function badStream(random: Random): Buffer {
  const rubbish = random.bytes(random.below(2_000));
  const header = encodeClientHeader({
    platform: 0x00040008,
    compression: random.below(2),
    highestProtocol: 6,
    lowestProtocol: 5,
    implementation: 0x469,
  });
  switch (random.below(6)) {
    case 0:
      return Buffer.concat([header, rubbish]);
    case 1:
      return Buffer.concat([header, encodeNickCommand("rubbish"), rubbish]);
    case 2:
      return header.subarray(0, random.below(header.length));
    default:
      return rubbish;
  }
}

function open(): Promise<Socket> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.connect(server.controlPort, "127.0.0.1", () => {
      resolve(socket);
    });
  });
}

/** Sends `count` bad datagrams, no faster than the server reads them. */
async function bombard(random: Random, count: number): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: 8 }, open));
  const volley = Array.from({ length: 20 }, () => sockets).flat();
  const send = (socket: Socket): Promise<unknown> =>
    new Promise((resolve) => {
      socket.send(badDatagram(random), resolve);
    });
  for (let sent = 0; sent < count; sent += volley.length) {
    await Promise.all(volley.map(send));
    while (udpQueue(server.controlPort).waitingBytes > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  sockets.forEach((socket) => socket.close());
}

/** Longer than a host takes to open a link. */
const STAY_MS = 250;

/** Sends one bad stream from a random address of this machine, then resets it, ends it or stays for a while. */
function disturb(port: number, random: Random): Promise<void> {
  const localAddress = `127.0.${random.below(250)}.${1 + random.below(250)}`;
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  const manners = random.below(4);
  return new Promise((resolve) => {
    socket.once("close", () => {
      resolve();
    });
    socket.on("error", () => undefined);
    socket.on("data", () => undefined);
    socket.setTimeout(STAY_MS, () => socket.destroy());
    socket.write(badStream(random), () => {
      if (manners === 0) {
        socket.resetAndDestroy();
      } else if (manners === 1) {
        socket.end();
      }
    });
  });
}

/** Sends `count` bad streams, forty at a time. */
async function disturbAll(port: number, random: Random, count: number): Promise<void> {
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      await disturb(port, random);
    }
  };
  await Promise.all(Array.from({ length: 40 }, one));
}

describe("a running server", () => {
  it(`starts nothing for ${DATAGRAMS} bad datagrams, stays as small as it was and answers the next`, async () => {
    const random = newRandom();
    await bombard(random, DATAGRAMS / 6);
    const before = residentMiB(server.pid).all;
    await bombard(random, DATAGRAMS);
    expect(udpQueue(server.controlPort).dropped).toBeLessThan(DATAGRAMS / 100);
    expect(residentMiB(server.pid).all - before).toBeLessThan(SLACK_MIB);
    expect(childrenOf(server.pid)).toEqual([]);
    expect(server.logged("session state")).toBeUndefined();
    await server.logs("request refused", { reason: "unknown-core" });
    await server.logs("request refused", { reason: "unknown-game" });
    // The limit on requests counts each source: others are served as before.
    const test = afterThisTest();
    const port = await (await server.launcher(test, "127.0.0.2")).ask(rallyRequest());
    await joinSmallClient(test, { port });
    expect(await server.ask()).toBeGreaterThan(0);
  });

  it(`starts nothing for ${STREAMS} bad streams to a session, whose players play on`, async () => {
    const test = afterThisTest();
    const random = newRandom();
    const port = await server.ask();
    const ann = await joinAs(1, test, server, { port, nick: "ann" });
    const hosts = childrenOf(server.pid);
    const before = residentMiB(server.pid).all;
    await disturbAll(port, random, STREAMS);
    expect(residentMiB(server.pid).all - before).toBeLessThan(SLACK_MIB);
    expect(childrenOf(server.pid)).toEqual(hosts);
    await playOn(test, port, ann);
  });

  it("drops clients that send garbage instead of INFO or after it, and keeps the host and the players", async () => {
    const test = afterThisTest();
    const random = newRandom();
    const port = await server.ask();
    const hostPid = await server.hostPid(port);
    const ann = await joinAs(1, test, server, { port, nick: "ann" });
    const talk = async (until: "nick" | "info", index: number): Promise<void> => {
      const mallory = startSmallClient(test, { port, until, localAddress: `127.0.1.${index + 1}` });
      await eventually("it may speak", () => (until === "nick" ? mallory.hostInfo : mallory.sync));
      // More bytes than any command may have: every stream ends, whatever it begins with.
      mallory.sendRaw(random.bytes(500));
      await mallory.ended();
    };
    await Promise.all(
      Array.from({ length: 24 }, (_, index) => talk(index % 2 === 0 ? "nick" : "info", index)),
    );
    expect(await server.hostPid(port)).toBe(hostPid);
    await playOn(test, port, ann);
  });
});

/** Ann's game goes on, and another player can join it. */
async function playOn(test: Cleanup, port: number, ann: RetroArchClient): Promise<void> {
  const bob = await joinSmallClient(test, { port, nick: "bob" });
  await eventually("bob plays", () => bob.ports.join() === "2");
  await eventually("the rest is gone", async () => {
    const session = await server.session(port);
    return session?.roster.map(({ nick }) => nick).join() === "ann,bob";
  });
  expect(ann.log()).not.toContain("Netplay disconnected");
  expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
}
