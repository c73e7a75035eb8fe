import { createHook } from "node:async_hooks";
import { Worker } from "node:worker_threads";
import { deflateSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import {
  COMMAND,
  encodeCommand,
  encodeHostHeader,
  encodeInfo,
  encodeSavestate,
  encodeSync,
  encodeTunnelMessage,
} from "../../../src/netplay/index.ts";
import { toCrc32, type SessionId } from "../../../src/shared/index.ts";
import type { NetplayClient } from "../../helpers/netplay-client.ts";
import { TestNetplayPort, type TestNetplayPortOptions } from "../../helpers/netplay-port.ts";
import { FAKE_CORE, FAKE_CRC } from "../../helpers/netplay-room.ts";
import { eventually } from "../../helpers/eventually.ts";

const ports: TestNetplayPort[] = [];

async function openNetplayPort(options?: TestNetplayPortOptions): Promise<TestNetplayPort> {
  const port = await TestNetplayPort.open(options);
  ports.push(port);
  return port;
}

afterEach(async () => {
  await Promise.all(ports.splice(0).map((port) => port.close()));
});

const KIB = 1024;
const MIB = 1024 * KIB;

/** A client in a relayed room that stops reading, and the number of bytes that its host could send. */
async function mute(
  test: TestNetplayPort,
  nick: string,
): Promise<{ client: NetplayClient; sent: () => number; send: (bytes: number) => void }> {
  const { id, host } = await test.relayedHost({ manualFrames: true });
  const client = await test.join({ nick, spectate: true }, id);
  client.socket.removeAllListeners("data").pause();
  const { socket } = await host.linkOf(nick);
  return {
    client,
    sent: () => (socket?.bytesWritten ?? 0) - (socket?.writableLength ?? 0),
    send: (bytes) => {
      const part = encodeCommand(COMMAND.loadSavestate, Buffer.alloc(MIB));
      for (let sent = 0; sent < bytes; sent += MIB) {
        socket?.write(part);
      }
    },
  };
}

describe("the host of a relayed room whose client does not read", () => {
  it("is held back, and goes on when the client reads", async () => {
    const test = await openNetplayPort({ limits: { unsentOfRemoteHostBytes: MIB } });
    const { client, sent, send } = await mute(test, "slow");
    send(160 * MIB);
    await eventually("some of it to be taken", () => sent() > MIB);
    const from = performance.now();
    await eventually("it to be held back", () => performance.now() > from + 500);
    // The system's own buffers count for both connections.
    expect(sent()).toBeLessThan(120 * MIB);
    client.socket.resume();
    await eventually("all of it to be taken", () => sent() > 160 * MIB);
    await eventually("all of it to arrive", () => client.socket.bytesRead > 160 * MIB);
  });

  it("loses a client that still does not read", async () => {
    const test = await openNetplayPort({ limits: { unsentOfRemoteHostBytes: MIB, notReadingMs: 500 } });
    const { send } = await mute(test, "slow");
    send(160 * MIB);
    await test.logs("client left", { nick: "slow", reason: "not-reading" });
  });
});

describe("the memory of all rooms together", () => {
  it("stays for clients that read: only the slowest reader is dropped", async () => {
    const test = await openNetplayPort({ limits: { memoryBytes: 16 * MIB }, maxClients: 4 });
    const { id, host } = await test.openSession({ manualFrames: true, state: Buffer.alloc(16) });
    const names = ["reads", "mute"];
    const [reads, silent] = await Promise.all(names.map((nick) => test.join({ nick, spectate: true }, id)));
    silent?.socket.pause();
    const large = encodeCommand(0x7fff, Buffer.alloc(MIB));
    for (let count = 0; count < 40 && silent?.end === undefined; count++) {
      for (const nick of names) {
        const link = host.links.find((each) => each.nick === nick);
        await new Promise((resolve) => link?.socket?.write(large, resolve) ?? setImmediate(resolve));
      }
    }
    await test.logs("client left", { nick: "mute", reason: "not-reading" });
    host.tick();
    await eventually("a frame for the other", () => (reads?.framesSeen ?? 0) > 0);
    expect(reads?.end).toBeUndefined();
  });
});

/** The host's side of a link, in a thread of its own: opens it, accepts the client and floods it. */
const FLOOD = `
const { workerData } = require("node:worker_threads");
const socket = require("node:net").connect(workerData.port, "127.0.0.1");
socket.on("error", () => undefined);
socket.on("data", () => undefined);
socket.write(workerData.opening);
const bytes = Buffer.from(workerData.bytes);
const more = () => { while (socket.write(bytes)); };
socket.on("drain", more);
more();
`;

async function floodFrom(
  test: TestNetplayPort,
  id: SessionId,
  peer: Buffer,
  bytes: Buffer,
): Promise<() => Promise<unknown>> {
  const sync = {
    frame: 0,
    paused: false,
    clientNumber: 1,
    devices: Array.from({ length: 16 }, () => 1),
    shareModes: Buffer.alloc(16),
    drivers: [],
    nick: "one",
  };
  const header = {
    magic: "RANP" as const,
    platform: 0x00040008,
    compression: 1,
    salt: 0,
    protocol: 6,
    implementation: 0,
  };
  const info = { crc: toCrc32(FAKE_CRC), coreName: FAKE_CORE, coreVersion: "1.0" };
  const opening = Buffer.concat([
    encodeTunnelMessage({ type: "link", peer }),
    encodeHostHeader(header),
    encodeCommand(COMMAND.info, encodeInfo(info)),
    encodeCommand(COMMAND.sync, encodeSync(sync, Buffer.alloc(0))),
  ]);
  const worker = new Worker(FLOOD, { eval: true, workerData: { port: test.port, opening, bytes } });
  await test.logs("client joined", { sessionId: id });
  return () => worker.terminate();
}

/** The longest time that the event loop was blocked meanwhile. */
async function longestMs(work: Promise<unknown>): Promise<number> {
  const begun: number[] = [];
  let longest = 0;
  const hook = createHook({
    before: () => {
      begun.push(performance.now());
    },
    after: () => {
      const beginMs = begun.pop();
      if (beginMs !== undefined) {
        longest = Math.max(longest, performance.now() - beginMs);
      }
    },
  });
  hook.enable();
  await work.finally(() => {
    hook.disable();
  });
  return longest;
}

/** The longest block at the beginning of such a flood, before any limit acts. */
async function longestOfFlood(command: Buffer, compression: 0 | 1): Promise<number> {
  const test = await openNetplayPort();
  const { id, host } = await test.relayedHost({ ignoresLinks: true, answersPings: true });
  const client = test.client({ nick: "one", compression, until: "header" }, id);
  client.socket.removeAllListeners("data").resume();
  await eventually("a link to be asked for", () => host.asked.length > 0);
  const count = Math.ceil((64 * KIB) / command.length);
  const bytes = Buffer.concat(Array.from({ length: count }, () => command));
  const stop = await floodFrom(test, id, host.asked[0] ?? Buffer.alloc(12), bytes);
  const { bytesRead } = client.socket;
  const untilMs = performance.now() + 300;
  const longest = await longestMs(
    eventually("some of it", () => performance.now() > untilMs && client.socket.bytesRead > bytesRead),
  );
  await stop();
  expect(test.logged("client left").some(({ reason }) => reason !== "host-closed")).toBe(false);
  return longest;
}

describe("the event loop", () => {
  const state = Buffer.alloc(64 * MIB);
  it.each([
    ["NOINPUT", encodeCommand(COMMAND.noInput, Buffer.alloc(4)), 1],
    ["PING_REQUEST", encodeCommand(COMMAND.pingRequest), 1],
    ["MODE_REFUSED", encodeCommand(COMMAND.modeRefused, Buffer.alloc(4)), 1],
    ["SETTING_ALLOW_PAUSING", encodeCommand(COMMAND.settingAllowPausing, Buffer.alloc(4)), 1],
    [
      "savestates that inflate a thousandfold",
      encodeCommand(
        COMMAND.loadSavestate,
        encodeSavestate({ frame: 1, uncompressedBytes: state.length }, deflateSync(state)),
      ),
      0,
    ],
  ] as const)("is held by no flood of %s from a remote host", async (_, command, compression) => {
    let least = Infinity;
    // Other work on this machine may delay some of them; a real block occurs every time.
    for (let count = 0; count < 8 && least >= 20; count++) {
      least = Math.min(least, await longestOfFlood(command, compression));
    }
    expect(least).toBeLessThan(20);
  });
});
