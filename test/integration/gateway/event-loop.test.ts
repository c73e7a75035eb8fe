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
import { toCrc32 } from "../../../src/shared/index.ts";
import { longestWorkMs } from "../../helpers/event-loop.ts";
import { eventually } from "../../helpers/eventually.ts";
import { TestNetplayPort } from "../../helpers/netplay-port.ts";
import { FAKE_CORE, FAKE_CRC } from "../../helpers/netplay-room.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** What no connection's work may hold the event loop for. */
const TOO_LONG_MS = 20;

const cleanup: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) {
    await clean();
  }
});

async function openNetplayPort(): Promise<TestNetplayPort> {
  const test = await TestNetplayPort.open();
  cleanup.push(() => test.close());
  return test;
}

/** A stranger in a thread of its own: says something, then the same again and again as fast as it is taken. */
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

function flood({ port }: TestNetplayPort, opening: Buffer, bytes: Buffer): void {
  const worker = new Worker(FLOOD, { eval: true, workerData: { port, opening, bytes } });
  cleanup.push(() => worker.terminate());
}

async function pass(ms: number): Promise<void> {
  const untilMs = performance.now() + ms;
  await eventually("time to pass", () => performance.now() > untilMs);
}

function repeated(command: Buffer, bytes: number): Buffer {
  return Buffer.concat(Array.from({ length: Math.ceil(bytes / command.length) }, () => command));
}

/** What the host of a relayed room says that opens a link and lets its client in. */
function letIn(peer: Buffer): Buffer {
  const header = {
    magic: "RANP" as const,
    platform: 0x00040008,
    compression: 1,
    salt: 0,
    protocol: 6,
    implementation: 0,
  };
  const info = { crc: toCrc32(FAKE_CRC), coreName: FAKE_CORE, coreVersion: "1.0" };
  const sync = {
    frame: 0,
    paused: false,
    clientNumber: 1,
    devices: Array.from({ length: 16 }, () => 1),
    shareModes: Buffer.alloc(16),
    drivers: [],
    nick: "one",
  };
  return Buffer.concat([
    encodeTunnelMessage({ type: "link", peer }),
    encodeHostHeader(header),
    encodeCommand(COMMAND.info, encodeInfo(info)),
    encodeCommand(COMMAND.sync, encodeSync(sync, Buffer.alloc(0))),
  ]);
}

interface HostFlood {
  readonly bytes: Buffer;
  /** The client's: without it savestates are inflated. */
  readonly compression: 0 | 1;
  /** For so long the client reads nothing. */
  readonly muteMs?: number;
}

/** From before anything is held back until the flood has gone on for a while. */
async function longestOfHost({ bytes, compression, muteMs = 0 }: HostFlood): Promise<number> {
  const test = await openNetplayPort();
  const { id, host } = await test.relayedHost({ ignoresLinks: true, answersPings: true });
  const client = test.client({ nick: "one", compression, until: "header" }, id);
  client.socket.removeAllListeners("data").resume();
  const peer = await eventually("a link to be asked for", () => host.asked[0]);
  return longestWorkMs(async () => {
    flood(test, letIn(peer), bytes);
    await test.logs("client joined", { sessionId: id });
    const { bytesRead } = client.socket;
    if (muteMs > 0) {
      client.socket.pause();
      await pass(muteMs);
      client.socket.resume();
    }
    await pass(300);
    await eventually("some of it to arrive", () => client.socket.bytesRead > bytesRead);
    expect(test.logged("client left")).toEqual([]);
  });
}

const noInput = encodeCommand(COMMAND.noInput, Buffer.alloc(4));
const ping = encodeCommand(COMMAND.pingRequest);
const input = encodeCommand(COMMAND.input, Buffer.alloc(52));
const zeros = Buffer.alloc(64 * MIB);
const bomb = encodeCommand(
  COMMAND.loadSavestate,
  encodeSavestate({ frame: 1, uncompressedBytes: zeros.length }, deflateSync(zeros)),
);
const plainState = encodeCommand(
  COMMAND.loadSavestate,
  encodeSavestate({ frame: 1, uncompressedBytes: 4 * MIB }, Buffer.alloc(4 * MIB)),
);

describe("the event loop is not held by the host of a relayed room", () => {
  it.each<[string, HostFlood]>([
    ["NOINPUT", { bytes: repeated(noInput, MIB), compression: 1 }],
    ["NOINPUT to a client without zlib", { bytes: repeated(noInput, MIB), compression: 0 }],
    ["PING_REQUEST", { bytes: repeated(ping, MIB), compression: 1 }],
    ["PING_REQUEST to a client without zlib", { bytes: repeated(ping, MIB), compression: 0 }],
    ["INPUT", { bytes: repeated(input, MIB), compression: 1 }],
    [
      "MODE_REFUSED",
      { bytes: repeated(encodeCommand(COMMAND.modeRefused, Buffer.alloc(4)), MIB), compression: 1 },
    ],
    [
      "SETTING_ALLOW_PAUSING",
      { bytes: repeated(encodeCommand(COMMAND.settingAllowPausing, Buffer.alloc(4)), MIB), compression: 1 },
    ],
    [
      "chat",
      { bytes: repeated(encodeCommand(COMMAND.playerChat, Buffer.alloc(33, "x")), MIB), compression: 1 },
    ],
    ["savestates", { bytes: plainState, compression: 1 }],
    ["savestates that inflate a thousandfold", { bytes: bomb, compression: 0 }],
    [
      "small commands, when large ones came before",
      { bytes: Buffer.concat([plainState, repeated(ping, 256 * KIB)]), compression: 1 },
    ],
    [
      "small commands behind a savestate that is being inflated",
      { bytes: Buffer.concat([bomb, repeated(ping, 4 * MIB)]), compression: 0 },
    ],
    [
      "the same, when the client reads nothing for a while",
      { bytes: Buffer.concat([bomb, repeated(ping, 4 * MIB)]), compression: 0, muteMs: 500 },
    ],
    [
      "small commands, when the client reads nothing for a while",
      { bytes: repeated(noInput, MIB), compression: 1, muteMs: 500 },
    ],
  ])("that floods a link with %s", async (_, hostFlood) => {
    expect(await longestOfHost(hostFlood)).toBeLessThan(TOO_LONG_MS);
  });

  it.each([
    ["address questions", encodeTunnelMessage({ type: "address-question", peer: Buffer.alloc(12) })],
    ["pings", encodeTunnelMessage({ type: "ping" })],
  ])("that floods its control connection with %s", async (_, message) => {
    const test = await openNetplayPort();
    const longestMs = await longestWorkMs(async () => {
      flood(test, encodeTunnelMessage({ type: "session", id: Buffer.alloc(12) }), repeated(message, MIB));
      await test.logs("relayed room ended", { reason: "control-flood" });
    });
    expect(longestMs).toBeLessThan(TOO_LONG_MS);
  });
});

describe("the event loop is not held by a client", () => {
  it.each([
    ["INPUT", input],
    ["PING_REQUEST", ping],
    ["REQUEST_SAVESTATE", encodeCommand(COMMAND.requestSavestate)],
    ["commands of 64 KiB", encodeCommand(COMMAND.netpacket, Buffer.alloc(64 * KIB))],
  ])("that floods its host with %s", async (_, command) => {
    const test = await openNetplayPort();
    const { id } = await test.openSession();
    const client = await test.join({ nick: "one" }, id);
    const bytes = repeated(command, 4 * MIB);
    const longestMs = await longestWorkMs(async () => {
      client.socket.write(bytes);
      await test.logs("client left");
    });
    expect(longestMs).toBeLessThan(TOO_LONG_MS);
  });

  it.each([
    ["a header that never ends", "RANP"],
    ["a session's id that is none", "RATS"],
    ["what browsers say", "GET / HTTP/1.1\r\nX: "],
  ])("that begins with %s", async (_, opening) => {
    const test = await openNetplayPort();
    const longestMs = await longestWorkMs(async () => {
      flood(test, Buffer.from(opening), Buffer.alloc(4 * MIB, "a"));
      await pass(300);
    });
    expect(longestMs).toBeLessThan(TOO_LONG_MS);
  });
});
