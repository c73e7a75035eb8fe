import { afterEach, describe, expect, it } from "vitest";
import { decodeHostHeader, encodeClientHeader, encodeInfo, COMMAND } from "../../../src/netplay/index.ts";
import { toCrc32 } from "../../../src/shared/index.ts";
import { field, hex } from "../../helpers/netplay-bytes.ts";
import { FAKE_CORE, FAKE_CRC, TestRoom, type TestRoomOptions } from "../../helpers/netplay-room.ts";
import { eventually } from "../../helpers/eventually.ts";

const rooms: TestRoom[] = [];

async function openRoom(options?: TestRoomOptions): Promise<TestRoom> {
  const room = await TestRoom.open(options);
  rooms.push(room);
  return room;
}

afterEach(async () => {
  await Promise.all(rooms.splice(0).map((room) => room.close()));
});

function clientHeader(lowestProtocol: number, highestProtocol: number): Buffer {
  return encodeClientHeader({
    platform: 0x00040008,
    compression: 1,
    highestProtocol,
    lowestProtocol,
    implementation: 0x469,
  });
}

describe("POKE", () => {
  it("is answered like a host does, with four bytes or more, and wakes no host", async () => {
    const room = await openRoom({ protocolHigh: 7 });
    for (const poke of ["POKE", "POKE and twenty more bytes"]) {
      const raw = room.connect(Buffer.from(poke));
      await raw.end();
      expect(raw.received).toHaveLength(24);
      expect(decodeHostHeader(raw.received)).toMatchObject({
        value: { magic: "RANP", compression: 1, salt: 0, protocol: 7 },
      });
    }
    expect(room.types()).toEqual(["ready"]);
  });

  it("is answered in a full room too", async () => {
    const room = await openRoom({ maxClients: 1 });
    await room.join();
    const raw = room.connect(Buffer.from("POKE"));
    await raw.end();
    expect(raw.received.toString("latin1", 0, 4)).toBe("RANP");
  });
});

describe("a client's header", () => {
  it("is answered FULL when every slot is taken, until one is free again", async () => {
    const room = await openRoom({ maxClients: 2, protocolHigh: 7 });
    const one = await room.join({ nick: "one" });
    await room.join({ nick: "two" });
    const third = room.client();
    await third.ended();
    expect(third.hostHeader).toMatchObject({ magic: "FULL", protocol: 7 });
    expect(third.end).toBe("closed");
    await one.close();
    await room.sees("left");
    await room.join({ nick: "fourth" });
  });

  it("is answered with a whole FULL, also when the client sends more than is read", async () => {
    const room = await openRoom({ maxClients: 1 });
    await room.join();
    const raw = room.connect(Buffer.concat([clientHeader(5, 6), Buffer.alloc(1024 * 1024)]));
    await raw.end();
    expect(raw.received.toString("latin1", 0, 4)).toBe("FULL");
    expect(raw.error).toBeUndefined();
  });

  it("is answered FULL also when the slots are taken by clients that wait for their link", async () => {
    const room = await openRoom({ maxClients: 1, host: { ignoresLinks: true } });
    const waiting = room.client();
    await eventually("the first to wait", () => room.host.asked.length === 1);
    const second = room.client();
    await second.ended();
    expect(second.hostHeader?.magic).toBe("FULL");
    await waiting.close();
  });

  it("is answered DENY after a kick, for this session and address alone", async () => {
    const room = await openRoom();
    const one = await room.join({ nick: "one", localAddress: "127.0.0.5" });
    await room.join({ nick: "two" });
    expect(room.gateway.kick(room.sessionId, "nobody")).toBe(false);
    expect(room.gateway.kick(room.sessionId, "one")).toBe(true);
    await one.ended();
    expect(room.of("left")).toMatchObject([{ reason: "kicked", client: { nick: "one" } }]);

    const again = room.client({ localAddress: "127.0.0.5" });
    await again.ended();
    expect(again.hostHeader?.magic).toBe("DENY");
    await room.join({ nick: "three", localAddress: "127.0.0.6" });
    const elsewhere = await openRoom();
    await elsewhere.join({ localAddress: "127.0.0.5" });
  });

  it.each([
    [4, 0],
    [3, 3],
    [8, 0],
  ])("of protocols %i to %i is answered with protocol 0", async (lowest, highest) => {
    const room = await openRoom();
    const raw = room.connect(clientHeader(lowest, highest));
    await raw.end();
    expect(decodeHostHeader(raw.received)).toMatchObject({ value: { magic: "RANP", protocol: 0 } });
    expect(room.types()).toEqual(["ready"]);
  });

  it.each(["GET / HTTP/1.1\r\n\r\n", "SSH-2.0-x\r\n", "\u0016\u0003\u0001\u0002", "RATS0123456789ab"])(
    "that is none, %j, is answered with nothing",
    async (text) => {
      const room = await openRoom();
      const raw = room.connect(Buffer.from(text, "latin1"));
      await raw.end();
      expect(raw.received).toHaveLength(0);
      expect(room.types()).toEqual(["ready"]);
    },
  );

  it("that never comes closes the connection at the deadline, and wakes no host", async () => {
    const room = await openRoom({ limits: { openingMs: 50 } });
    const silent = [
      room.connect(),
      room.connect(Buffer.from("RA")),
      room.connect(clientHeader(5, 6).subarray(0, 23)),
    ];
    await Promise.all(silent.map((raw) => raw.end()));
    expect(room.types()).toEqual(["ready"]);
  });
});

describe("a nickname", () => {
  it("that never comes wakes the room, and lets it sleep again at the deadline", async () => {
    const room = await openRoom({ limits: { openingMs: 50 } });
    const raw = room.connect(clientHeader(5, 6));
    await raw.end();
    expect(raw.received).toHaveLength(24);
    expect(room.types()).toEqual(["ready", "wake", "empty"]);
    expect(room.host.asked).toHaveLength(0);
  });

  it("may come slowly", async () => {
    const room = await openRoom();
    const one = room.client({ until: "header" });
    await eventually("the gateway's header", () => one.hostHeader !== undefined);
    const nick = Buffer.concat([hex("00000020 00000020"), field("slow", 32)]);
    for (const byte of nick) {
      one.sendRaw(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    await room.sees("joined");
    expect(room.of("joined")[0]?.client.nick).toBe("slow");
  });

  it.each([
    ["of another size", "00000020 00000021"],
    ["that is another command", "00000022 00000044"],
  ])("%s ends the connection", async (_, head) => {
    const room = await openRoom();
    const raw = room.connect(Buffer.concat([clientHeader(5, 6), hex(head)]));
    await raw.end();
    expect(room.types()).toEqual(["ready", "wake", "empty"]);
  });
});

describe("a client's INFO", () => {
  it.each([
    ["another core", { core: "Other Core" }],
    ["another content", { crc: 0x12345678 }],
    ["unknown content", { crc: 0 }],
  ])(
    "of %s never reaches the host; the client has had the host's own and is closed in peace",
    async (_, options) => {
      const room = await openRoom({ limits: { turnAwayMs: 20 } });
      const one = room.client({ nick: "one", ...options });
      const link = await room.host.linkOf("one");
      await one.ended();
      expect(one.end).toBe("closed");
      expect(one.hostInfo).toMatchObject({ coreName: FAKE_CORE, crc: FAKE_CRC });
      expect(link.received).toHaveLength(0);
      await room.sees("empty");
      expect(room.types()).toEqual(["ready", "wake", "empty"]);
    },
  );

  it("may have the core's name in another case, and any content where the CRC does not count", async () => {
    const room = await openRoom({ crc: null });
    await room.join({ core: FAKE_CORE.toUpperCase(), crc: 0x12345678 });
  });

  it("may be a question first, which the host answers", async () => {
    const room = await openRoom();
    const one = room.client({ nick: "curious", until: "nick" });
    await eventually("the host's INFO", () => one.hostInfo !== undefined);
    one.send(COMMAND.info);
    await eventually(
      "an answer",
      () => one.commands.filter(({ command }) => command === COMMAND.info).length === 2,
    );
    one.send(COMMAND.info, encodeInfo(one.info()));
    await room.sees("joined");
  });

  it.each([
    [
      "of the order of RetroArch 1.9.0",
      Buffer.concat([field(FAKE_CORE, 32), field("1.0", 32), hex("e2c443c4")]),
    ],
    ["of 67 bytes", Buffer.concat([hex("e2c443c4"), field(FAKE_CORE, 32), field("1.0", 31)])],
    ["of 4 bytes", hex("e2c443c4")],
    ["without text", Buffer.alloc(68, 0xff)],
  ])("%s ends the connection, and never reaches the host", async (_, payload) => {
    const room = await openRoom();
    const one = room.client({ nick: "one", until: "nick" });
    const link = await room.host.linkOf("one");
    await eventually("the host's INFO", () => one.hostInfo !== undefined);
    one.send(COMMAND.info, payload);
    await one.ended();
    await room.sees("empty");
    // A host closes the connection as well; it must not get bytes that it might misread.
    expect(link.received).toHaveLength(0);
    expect(room.of("joined")).toHaveLength(0);
  });

  it("that is wrong cannot be corrected", async () => {
    const room = await openRoom({ limits: { turnAwayMs: 100 } });
    const one = room.client({ nick: "one", crc: 1 });
    const link = await room.host.linkOf("one");
    await eventually("the host's INFO", () => one.hostInfo !== undefined);
    one.send(COMMAND.info, encodeInfo({ ...one.info(), crc: toCrc32(FAKE_CRC) }));
    await one.ended();
    expect(link.received).toHaveLength(0);
  });

  it("may not be changed afterwards", async () => {
    const room = await openRoom({ limits: { turnAwayMs: 20 } });
    const one = await room.join();
    one.send(COMMAND.info, encodeInfo({ ...one.info(), crc: toCrc32(1) }));
    await room.sees("left");
    expect(room.of("left")[0]?.reason).toBe("unexpected-command");
  });

  it("is the only command that may come at its place", async () => {
    const room = await openRoom();
    const one = room.client({ until: "nick" });
    await eventually("the host's INFO", () => one.hostInfo !== undefined);
    one.play();
    await one.ended();
    expect(room.of("joined")).toHaveLength(0);
  });
});

describe("a client that the host does not accept", () => {
  it("is dropped when SYNC does not come in time", async () => {
    const room = await openRoom({ limits: { handshakeMs: 150 }, host: { withholdsSync: true } });
    const one = room.client();
    await one.ended();
    await room.sees("empty");
    expect(room.of("joined")).toHaveLength(0);
  });

  it("is dropped when the host chooses another protocol than the promised one", async () => {
    const room = await openRoom({ host: { forcedProtocol: 5 } });
    const one = room.client();
    await one.ended();
    expect(one.hostHeader?.protocol).toBe(6);
    expect(one.hostNick).toBeUndefined();
  });

  it.each(["FULL", "DENY", "HTTP"])("is dropped when the host says %s", async (magic) => {
    const room = await openRoom({
      host: { headerAnswer: Buffer.concat([Buffer.from(magic), Buffer.alloc(20)]) },
    });
    const one = room.client();
    await one.ended();
    await room.sees("empty");
    expect(one.hostNick).toBeUndefined();
  });
});
