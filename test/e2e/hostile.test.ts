import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { COMMAND, encodeCommand } from "../../src/netplay/index.ts";
import { afterAllTests, afterThisTest } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { RawConnection } from "../helpers/netplay-room.ts";
import { LiveRoom } from "../helpers/live-room.ts";
import type { Netplayd } from "../helpers/netplayd.ts";
import { joinSmallClient } from "../helpers/players.ts";

// One room with two stock players, which every test attacks. Each attack stalls or ends a RetroArch that listens itself.

const MAX_CLIENTS = 30;
/** What a client may send at once (src/gateway/limits.ts). */
const SAVESTATE_BURST = 10;
const FRAME_MS = 16;

const cleanup = afterAllTests();
let room: LiveRoom;
let server: Netplayd;
let port: number;
let hostPid: number;

beforeAll(async () => {
  room = await LiveRoom.open(cleanup, { sessions: { maxClients: MAX_CLIENTS } });
  ({ server, port } = room);
  hostPid = await server.hostPid(port);
  cleanup.defer(async () => {
    expect(await server.hostPid(port)).toBe(hostPid);
  });
});

/** Repeats this until the work is done. */
async function meanwhile<T>(everyMs: number, act: () => void, work: Promise<T>): Promise<T> {
  const timer = setInterval(act, everyMs);
  return work.finally(() => {
    clearInterval(timer);
  });
}

// Other work on this machine may slow a game down for a moment. An attack that hurts players does so every time.
describe("two players keep 60 frames a second", { retry: 2 }, () => {
  beforeEach(async () => {
    await eventually("ann and bob are alone", async () => {
      const session = await server.session(port);
      return session?.roster.map(({ nick }) => nick).join() === "ann,bob";
    });
  });

  it("without an attack", async () => {
    await room.keepsPace();
  });

  it("beside clients that announce no compression and leave as soon as they have joined (T1)", async () => {
    const test = afterThisTest();
    const attack = async (): Promise<void> => {
      for (let round = 0; round < 5; round++) {
        const client = await joinSmallClient(test, { port, compression: 0, spectate: true });
        client.socket.resetAndDestroy();
      }
    };
    await room.keepsPace(attack());
  });

  it("beside a spectator that stops reading and asks for a savestate every frame, which is dropped (T2)", async () => {
    const mallory = await joinSmallClient(afterThisTest(), { port, nick: "t2", spectate: true });
    mallory.stopReading();
    const ask = (): void => {
      mallory.send(COMMAND.requestSavestate);
    };
    const dropped = server.logs("client left", { nick: "t2", reason: "flood" }, 5_000);
    await room.keepsPace(meanwhile(FRAME_MS, ask, dropped));
  });

  it("beside a spectator that floods them with ACKs, which is dropped (T9)", async () => {
    const mallory = await joinSmallClient(afterThisTest(), { port, nick: "t9", spectate: true });
    const acks = Buffer.concat(Array.from({ length: 200 }, () => encodeCommand(COMMAND.ack)));
    const flood = (): void => {
      mallory.sendRaw(acks);
    };
    const dropped = server.logs("client left", { nick: "t9", reason: "flood" }, 5_000);
    await room.keepsPace(meanwhile(2, flood, dropped));
    expect(mallory.end).toBeDefined();
  });

  it("beside clients that announce commands of sizes that no stock client sends, which are dropped (T20)", async () => {
    const test = afterThisTest();
    const attack = async (
      nick: string,
      command: number,
      sizeBytes: number,
      reason = "oversize",
    ): Promise<void> => {
      const mallory = await joinSmallClient(test, { port, nick, spectate: true });
      const head = Buffer.alloc(8);
      head.writeUInt32BE(command, 0);
      head.writeUInt32BE(sizeBytes, 4);
      mallory.sendRaw(head);
      await server.logs("client left", { nick, reason }, 2_000);
      await mallory.ended();
    };
    await room.keepsPace(
      Promise.all([
        attack("chat", COMMAND.playerChat, 96),
        attack("input", COMMAND.input, 56),
        attack("unknown", 0x7777, 0xffffffff, "forbidden-command"),
      ]),
    );
  });
});

// One of them waits for a deadline of ten seconds, so they run at the same time.
describe.concurrent("two players keep 60 frames a second beside", { retry: 2 }, () => {
  it("a crowd that asks for savestates all the time, and a client that reads none of them (T2)", async (context) => {
    const test = afterThisTest(context);
    const sink = await joinSmallClient(test, { port, nick: "sink", spectate: true, compression: 0 });
    sink.stopReading();
    const crowd = await Promise.all(
      Array.from({ length: 26 }, (_, index) =>
        joinSmallClient(test, { port, nick: "crowd", spectate: true, localAddress: `127.0.1.${index + 1}` }),
      ),
    );
    // No client asks more often than the gateway allows, but each savestate goes to all clients.
    const asks = crowd.flatMap((client) => Array.from({ length: SAVESTATE_BURST }, () => client));
    const ask = (): void => {
      asks.pop()?.send(COMMAND.requestSavestate);
    };
    const before = crowd.map(({ savestates }) => savestates.length);
    const beganAtMs = performance.now();
    const asked = eventually("all have asked", () => asks.length === 0, 20_000);
    await room.keepsPace(meanwhile(FRAME_MS, ask, asked));
    const seconds = (performance.now() - beganAtMs) / 1000;
    expect(crowd.filter(({ end }) => end !== undefined)).toEqual([]);
    crowd.forEach(({ savestates }, index) => {
      expect(savestates.length - (before[index] ?? 0)).toBeLessThanOrEqual(2 + 2 * seconds);
    });
  });

  it("forty silent connections, which keep no player out and are closed at their deadline (T4)", async (context) => {
    const test = afterThisTest(context);
    const openedAtMs = performance.now();
    const silent = Array.from({ length: 40 }, (_, index) => new RawConnection(port, `127.0.0.${index + 2}`));
    test.defer(() => {
      silent.forEach(({ socket }) => socket.destroy());
    });
    await eventually("all are connected", () => silent.every(({ socket }) => socket.readyState === "open"));
    const late = await joinSmallClient(test, { port, nick: "late", spectate: true });
    expect(silent.filter(({ ended }) => ended)).toEqual([]);
    await late.close();
    await room.keepsPace(Promise.all(silent.map((connection) => connection.end(15_000))));
    expect(performance.now() - openedAtMs).toBeLessThan(14_000);
  });
});
