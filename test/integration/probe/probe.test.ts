import { afterEach, describe, expect, it } from "vitest";
import {
  COMMAND,
  encodeCommand,
  encodeHostHeader,
  encodeInfo,
  encodeNickCommand,
  encodeSavestate,
  encodeTunnelMessage,
  encodeTurnAway,
  type HostHeader,
} from "../../../src/netplay/index.ts";
import { askInfo, pokeHost, type AskInfoOptions, type ProbeTarget } from "../../../src/probe/index.ts";
import { newSessionId, sessionIdToBytes, systemClock, toCrc32 } from "../../../src/shared/index.ts";
import { CountingClock } from "../../helpers/netplay-clock.ts";
import { FAKE_CORE, FAKE_CRC, freePort, TestRoom, type TestRoomOptions } from "../../helpers/netplay-room.ts";
import { eventually } from "../../helpers/eventually.ts";
import { startScriptedServer } from "../../helpers/scripted-server.ts";

const rooms: TestRoom[] = [];

async function openRoom(options?: TestRoomOptions): Promise<TestRoom> {
  const room = await TestRoom.open(options);
  rooms.push(room);
  return room;
}

afterEach(async () => {
  await Promise.all(rooms.splice(0).map((room) => room.close()));
});

function at(port: number, timeoutMs = 5_000): ProbeTarget {
  return { host: "127.0.0.1", port, clock: systemClock, timeoutMs };
}

const hostHeader: HostHeader = {
  magic: "RANP",
  platform: 0x00040008,
  compression: 1,
  salt: 0,
  protocol: 6,
  implementation: 0x469,
};

const info = { crc: toCrc32(0xe2c443c4), coreName: "Nestopia", coreVersion: "1.52.0 " };

/** A host that sends these bytes to every client. */
function saying(...parts: Uint8Array[]): Promise<number> {
  return startScriptedServer((socket) => {
    socket.write(Buffer.concat(parts));
  });
}

describe("a poke", () => {
  it("learns protocols, password and round-trip time of a host", async () => {
    const room = await openRoom({ protocolHigh: 7 });
    const poked = await pokeHost(at(room.port));
    expect(poked).toMatchObject({
      ok: true,
      value: { state: "open", protocol: { low: 5, high: 7 }, salt: 0 },
    });
    if (poked.ok) {
      expect(poked.value.latencyMs.connect).toBeGreaterThan(0);
      expect(poked.value.latencyMs.answer).toBeGreaterThan(0);
      expect(poked.value.latencyMs.answer).toBeLessThan(1_000);
    }
    expect(room.types()).toEqual(["ready"]);
  });

  it("learns that a host asks for a password", async () => {
    const port = await saying(encodeHostHeader({ ...hostHeader, salt: 0xcafe }));
    expect(await pokeHost(at(port))).toMatchObject({ value: { state: "open", salt: 0xcafe } });
  });

  it("recognises a host of protocol 5, which speaks no other", async () => {
    const port = await saying(encodeHostHeader({ ...hostHeader, protocol: 5 }));
    expect(await pokeHost(at(port))).toMatchObject({ value: { protocol: { low: 5, high: 5 } } });
  });

  it.each([
    ["FULL", "full"],
    ["DENY", "banned"],
  ] as const)("recognises a host that says %s at once and hangs up", async (magic, state) => {
    const port = await startScriptedServer((socket) => socket.end(encodeTurnAway(magic, 6)));
    expect(await pokeHost(at(port))).toMatchObject({ value: { state, protocol: { high: 6 } } });
  });

  it("reads a header that comes byte by byte", async () => {
    const port = await startScriptedServer((socket) => {
      socket.setNoDelay(true);
      const bytes = [...encodeHostHeader(hostHeader)];
      const next = (): void => {
        const byte = bytes.shift();
        if (byte !== undefined) {
          socket.write(Buffer.of(byte), () => setImmediate(next));
        }
      };
      next();
    });
    expect(await pokeHost(at(port))).toMatchObject({ value: { state: "open" } });
  });

  it("sends a session's id first on a port that serves many rooms", async () => {
    const received: Buffer[] = [];
    const port = await startScriptedServer((socket) => {
      socket.on("data", (chunk: Buffer) => {
        received.push(chunk);
        if (Buffer.concat(received).length >= 20) {
          socket.end(encodeHostHeader(hostHeader));
        }
      });
    });
    const id = sessionIdToBytes(newSessionId());
    const preamble = encodeTunnelMessage({ type: "session", id });
    expect(await pokeHost({ ...at(port), preamble })).toMatchObject({ ok: true });
    expect(Buffer.concat(received)).toEqual(Buffer.concat([Buffer.from("RATS"), id, Buffer.from("POKE")]));
  });

  it("says why there is no host", async () => {
    const http = await startScriptedServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const closing = await startScriptedServer((socket) => socket.end());
    const mute = await startScriptedServer(() => undefined);
    expect(await pokeHost(at(http))).toEqual({ ok: false, reason: "not-retroarch" });
    expect(await pokeHost(at(closing))).toEqual({ ok: false, reason: "closed" });
    expect(await pokeHost(at(mute, 50))).toEqual({ ok: false, reason: "silent" });
    expect(await pokeHost(at(await freePort()))).toEqual({ ok: false, reason: "refused" });
    const nowhere = { ...at(1), host: "no-such-host.invalid" };
    expect(await pokeHost(nowhere)).toEqual({ ok: false, reason: "unknown-host" });
  });

  it("leaves no timer behind, answered or not", async () => {
    const clock = new CountingClock();
    const open = await saying(encodeHostHeader(hostHeader));
    const closing = await startScriptedServer((socket) => socket.end());
    await pokeHost({ ...at(open), clock });
    await pokeHost({ ...at(closing), clock });
    await pokeHost({ ...at(await freePort()), clock });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("asking for the core", () => {
  it("gets a host's core, version and CRC without joining", async () => {
    const room = await openRoom();
    expect(await askInfo(at(room.port))).toMatchObject({
      ok: true,
      value: {
        protocol: 6,
        info: { coreName: FAKE_CORE, coreVersion: "1.0", crc: FAKE_CRC },
        state: undefined,
      },
    });
    await eventually("the probe to be gone", () => room.host.links.every((link) => link.ended));
    expect(room.host.links.flatMap((link) => link.commands)).toEqual([]);
    expect(room.types()).not.toContain("joined");
  });

  it("goes on to the first savestate as a spectator, of any size", async () => {
    const state = Buffer.alloc(3_000_000, "state");
    const room = await openRoom({
      protocolHigh: 7,
      host: { protocolHigh: 7, state, sram: Buffer.alloc(8192) },
    });
    const upToState = { core: FAKE_CORE, crc: toCrc32(FAKE_CRC) };
    expect(await askInfo({ ...at(room.port), upToState })).toMatchObject({
      ok: true,
      // In protocol 7 the state would be in a container.
      value: { protocol: 6, state: { stateSizeBytes: 3_000_000, sramBytes: 8192 } },
    });
    expect(room.host.links[0]?.count(COMMAND.play)).toBe(0);
    expect(room.host.crash).toBeUndefined();
  });

  it("is refused with another core than the host's, and says so", async () => {
    const room = await openRoom();
    const upToState = { core: "Gambatte", crc: toCrc32(FAKE_CRC) };
    expect(await askInfo({ ...at(room.port), upToState })).toEqual({ ok: false, reason: "closed" });
  });

  it("tells its own core to a host that has nothing loaded, if it was given one", async () => {
    const question = encodeCommand(COMMAND.info);
    const opening = Buffer.concat([encodeHostHeader(hostHeader), encodeNickCommand("host"), question]);
    let answered = Buffer.alloc(0);
    const port = await startScriptedServer((socket) => {
      let received = Buffer.alloc(0);
      socket.write(opening);
      socket.on("data", (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        if (received.length === 24 + 40 + 76) {
          answered = received;
          socket.write(encodeCommand(COMMAND.info, encodeInfo(info)));
        }
      });
    });
    expect(await askInfo(at(port))).toMatchObject({ ok: true, value: { info: undefined } });
    const answer = { core: "Nestopia", coreVersion: "1.52.0 ", crc: info.crc };
    expect(await askInfo({ ...at(port), answer })).toMatchObject({ value: { info } });
    expect(answered.subarray(-68)).toEqual(encodeInfo(info));
  });

  const opening = Buffer.concat([encodeHostHeader(hostHeader), encodeNickCommand("host")]);
  it.each<[string, Buffer | undefined, object]>([
    ["has a game all the same", encodeCommand(COMMAND.info, encodeInfo(info)), { info }],
    ["has nothing loaded either", encodeCommand(COMMAND.info), { info: undefined }],
    ["hangs up then", undefined, { info: undefined }],
  ])("answers a host's question with a question, and accepts that it %s", async (_what, reply, value) => {
    const question = encodeCommand(COMMAND.info);
    const port = await startScriptedServer((socket) => {
      let received = 0;
      socket.write(Buffer.concat([opening, question]));
      socket.on("data", (chunk: Buffer) => {
        received += chunk.length;
        if (received === 24 + 40 + question.length) {
          if (reply === undefined) {
            socket.end();
          } else {
            socket.write(reply);
          }
        }
      });
    });
    expect(await askInfo({ ...at(port), answer: "ask-back" })).toMatchObject({ ok: true, value });
  });

  const oldInfo = Buffer.concat([encodeInfo(info).subarray(4), Buffer.alloc(4, 0xe2)]);
  const size = { frame: 0, uncompressedBytes: 9 };
  it.each<[string, string, Uint8Array]>([
    ["full", "is full", encodeTurnAway("FULL", 6)],
    ["banned", "bans us", encodeTurnAway("DENY", 6)],
    ["password", "asks for a password", encodeHostHeader({ ...hostHeader, salt: 1 })],
    ["old-protocol", "has no protocol in common", encodeHostHeader({ ...hostHeader, protocol: 0 })],
    ["old-protocol", "has 1.9.0's INFO", Buffer.concat([opening, encodeCommand(COMMAND.info, oldInfo)])],
    ["not-retroarch", "greets otherwise", Buffer.from("SSH-2.0-OpenSSH_9.2p1\r\n")],
    [
      "not-retroarch",
      "sends INFO of no size",
      Buffer.concat([opening, encodeCommand(COMMAND.info, Buffer.alloc(5))]),
    ],
    [
      "not-retroarch",
      "sends a state before anything else",
      Buffer.concat([opening, encodeCommand(COMMAND.loadSavestate, encodeSavestate(size, Buffer.alloc(9)))]),
    ],
    ["silent", "claims a command of 4 GiB", Buffer.concat([opening, Buffer.alloc(4), Buffer.alloc(4, 0xff)])],
    ["silent", "says half a header", encodeHostHeader(hostHeader).subarray(0, 12)],
  ])("says %s of a host that %s", async (reason, _what, bytes) => {
    const options: AskInfoOptions = at(await saying(bytes), reason === "silent" ? 60 : 5_000);
    expect(await askInfo(options)).toEqual({ ok: false, reason });
  });
});
