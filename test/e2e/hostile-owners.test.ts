import { deflateSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { COMMAND, encodeCommand, encodeSavestate, encodeTunnelMessage } from "../../src/netplay/index.ts";
import { afterAllTests, afterThisTest } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { flood, HostileOwner } from "../helpers/hostile-owner.ts";
import { LiveRoom } from "../helpers/live-room.ts";
import type { Netplayd } from "../helpers/netplayd.ts";
import { residentMiB } from "../helpers/process-facts.ts";
import { isFullPace } from "../helpers/rally.ts";

// Players in a room of the server's, and attackers who host rooms of their own through the same server.

const ATTACK_MS = 3_000;
const ROOMS = 8;
const MEMORY_MIB = 64;
/** The program itself, the memory that it may fill, and garbage that is not collected yet. */
const RESIDENT_MIB = 330;

const cleanup = afterAllTests();
let room: LiveRoom;
let server: Netplayd;

beforeAll(async () => {
  room = await LiveRoom.open(cleanup, { limits: { memoryMiB: MEMORY_MIB }, relay: { maxClients: 30 } });
  ({ server } = room);
});

async function many<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}

/** The server's highest memory use during this work. */
async function peakMiB(work: Promise<unknown>): Promise<number> {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMiB(server.pid).all);
  }, 50);
  await work.finally(() => {
    clearInterval(timer);
  });
  return peak;
}

const state = Buffer.alloc(64 * 1024 * 1024);
/** 65 KB that inflate to 64 MiB. */
const bomb = encodeCommand(
  COMMAND.loadSavestate,
  encodeSavestate({ frame: 1, uncompressedBytes: state.length }, deflateSync(state)),
);

describe("two players keep 60 frames a second", { retry: 2 }, () => {
  it.each([
    ["pings", { type: "ping" }],
    ["questions", { type: "address-question", peer: Buffer.alloc(12, 1) }],
  ] as const)("beside strangers who host rooms and flood the server with %s", async (_, message) => {
    const test = afterThisTest();
    const messages = Buffer.concat(Array.from({ length: 8_192 }, () => encodeTunnelMessage(message)));
    const untilMs = performance.now() + ATTACK_MS;
    const attack = many(ROOMS, async () => {
      while (performance.now() < untilMs) {
        const { host } = await HostileOwner.open(test, server.netplayPort);
        await flood({ socket: host.control }, messages, untilMs - performance.now());
        await eventually("the room is given back", () => host.controlEnded || performance.now() > untilMs);
      }
    });
    await room.keepsPace(attack);
    await server.logs("relayed room ended", { reason: "control-flood" });
  });

  it.each([
    ["NOINPUT", encodeCommand(COMMAND.noInput, Buffer.alloc(4))],
    ["PING_REQUEST", encodeCommand(COMMAND.pingRequest)],
  ])("beside strangers whose hosts flood their clients with %s", async (_, command) => {
    const test = afterThisTest();
    const owner = await HostileOwner.open(test, server.netplayPort);
    const pairs = await many(8, (index) => owner.accomplice(`a${index}`, { reads: true }));
    const commands = Buffer.concat(Array.from({ length: 8_192 }, () => command));
    await room.keepsPace(Promise.all(pairs.map(({ link }) => flood(link, commands, ATTACK_MS))));
  });

  it("beside relayed hosts that send savestates which inflate a thousandfold, in bounded memory", async () => {
    const test = afterThisTest();
    const owner = await HostileOwner.open(test, server.netplayPort);
    const pairs = await many(8, (index) =>
      owner.accomplice(`z${index}`, { reads: index % 2 === 0, compression: 0 }),
    );
    const attack = Promise.all(pairs.map(({ link }) => flood(link, bomb, ATTACK_MS)));
    const [peak] = await Promise.all([peakMiB(attack), room.keepsPace(attack)]);
    expect(peak).toBeLessThan(RESIDENT_MIB);
  });

  it("beside relayed rooms with 64 clients that do not read, in bounded memory that is freed", async () => {
    const test = afterThisTest();
    const owners = await many(8, () => HostileOwner.open(test, server.netplayPort));
    const pairs: Awaited<ReturnType<HostileOwner["accomplice"]>>[] = [];
    for (const owner of owners) {
      pairs.push(...(await many(8, (index) => owner.accomplice(`n${index}`, { reads: false }))));
    }
    // This many connections slow the machine for a moment; then the players' games catch up.
    await eventually("the players to have caught up", async () =>
      (await room.paces(undefined, 1_500)).every(isFullPace),
    );
    const large = encodeCommand(COMMAND.loadSavestate, Buffer.alloc(1024 * 1024));
    // Together 0.8 Gbit/s. With more, the attackers themselves would use up the processor.
    const attack = Promise.all(pairs.map(({ link }) => flood(link, large, ATTACK_MS, 1.5 * 1024 * 1024)));
    const [peak] = await Promise.all([peakMiB(attack), room.keepsPace(attack)]);
    expect(peak).toBeLessThan(RESIDENT_MIB);
    owners.forEach(({ host }) => {
      host.close();
    });
    await eventually(
      "the memory is given back",
      () => residentMiB(server.pid).all < RESIDENT_MIB / 2,
      10_000,
    );
  });
});

describe("SIGTERM", () => {
  it("is obeyed at once while savestates are being inflated", async () => {
    const test = afterThisTest();
    const owner = await HostileOwner.open(test, server.netplayPort);
    const pairs = await many(8, (index) => owner.accomplice(`t${index}`, { reads: true, compression: 0 }));
    const attack = Promise.all(pairs.map(({ link }) => flood(link, bomb, 5_000)));
    await eventually("states are being inflated", () =>
      pairs.every(({ client }) => client.socket.bytesRead > 1e6),
    );
    const beginMs = performance.now();
    server.signal("SIGTERM");
    expect(await server.exit()).toBe(0);
    expect(performance.now() - beginMs).toBeLessThan(4_000);
    await attack;
  });
});
