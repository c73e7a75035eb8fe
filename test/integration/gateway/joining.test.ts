import { afterEach, describe, expect, it } from "vitest";
import { COMMAND, encodeCommand, encodePeerAddress } from "../../../src/netplay/index.ts";
import { newSessionId } from "../../../src/shared/index.ts";
import { FakeHost } from "../../helpers/netplay-fake-host.ts";
import { eventually } from "../../helpers/eventually.ts";
import { FAKE_CORE, FAKE_CRC, freePort, TestRoom, type TestRoomOptions } from "../../helpers/netplay-room.ts";

const rooms: TestRoom[] = [];

async function openRoom(options?: TestRoomOptions): Promise<TestRoom> {
  const room = await TestRoom.open(options);
  rooms.push(room);
  return room;
}

afterEach(async () => {
  await Promise.all(rooms.splice(0).map((room) => room.close()));
});

describe("a client that joins", () => {
  it("goes from header to input through the gateway, and so does the next one", async () => {
    const room = await openRoom({ host: { sram: Buffer.alloc(8192, "save") } });
    const one = await room.join({ nick: "one" });
    const two = await room.join({ nick: "two" });
    await eventually("both to play", () => one.ports.length > 0 && two.ports.length > 0);
    one.press(0x100);
    two.press(0x001);
    await eventually("each other's buttons", () => one.inputs.get(2) === 1 && two.inputs.get(1) === 0x100);

    expect(one.hostHeader).toMatchObject({ magic: "RANP", protocol: 6, compression: 1, salt: 0 });
    expect(one.hostNick).toBe("dedicated");
    expect(one.hostInfo).toMatchObject({ coreName: FAKE_CORE, crc: FAKE_CRC });
    expect(one.sram).toEqual(Buffer.alloc(8192, "save"));
    expect(one.savestates[0]?.data).toEqual(Buffer.alloc(2048, "state"));
    expect(room.types()).toEqual(["ready", "wake", "joined", "joined"]);
  });

  it("has the time from its nickname to SYNC logged in milliseconds", async () => {
    const room = await openRoom({ host: { ignoresLinks: true } });
    const startedAtMs = performance.now();
    room.client();
    await eventually("the gateway to ask for a link", () => room.host.asked.length === 1);
    room.clock.skip(5_000);
    room.host.openLink(room.host.asked[0] ?? Buffer.alloc(0));
    await room.sees("joined");
    const allMs = performance.now() - startedAtMs;
    const linkMs = room.of("joined")[0]?.linkMs ?? 0;
    expect(linkMs).toBeGreaterThanOrEqual(5_000);
    expect(linkMs).toBeLessThanOrEqual(Math.ceil(5_000 + allMs));
  });

  it("is in the roster with the host's facts about it", async () => {
    const room = await openRoom();
    const before = Date.now();
    const one = await room.join({ nick: "same" });
    const two = await room.join({ nick: "same", spectate: true });
    await eventually("the first to play", () => room.gateway.roster(room.sessionId)[0]?.players.length === 1);

    const [first, second] = room.gateway.roster(room.sessionId);
    expect(first).toMatchObject({ nick: "same", clientNumber: 1, players: [1], address: "127.0.0.1" });
    expect(second).toMatchObject({ nick: "same (2)", clientNumber: 2, players: [], pingMs: undefined });
    expect(first?.port).toBe(one.socket.localPort);
    expect(first?.since.getTime()).toBeGreaterThanOrEqual(before - 1);

    one.spectate();
    two.play();
    await eventually(
      "the second to play",
      () => room.gateway.roster(room.sessionId)[1]?.players.length === 1,
    );
    expect(room.gateway.roster(room.sessionId).map(({ players }) => players)).toEqual([[], [1]]);
  });

  it("has its round trip measured when the host pings it", async () => {
    const room = await openRoom();
    const one = await room.join();
    one.ping();
    await eventually("a ping", () => room.gateway.roster(room.sessionId)[0]?.pingMs !== undefined);
    expect(room.gateway.roster(room.sessionId)[0]?.pingMs).toBeLessThan(1000);
  });

  it("leaves, and the host sees it before the room is called empty", async () => {
    const room = await openRoom();
    const one = await room.join({ nick: "one" });
    const link = await room.host.linkOf("one");
    await one.close();
    await room.sees("empty");
    expect(link.ended).toBe(true);
    expect(room.types()).toEqual(["ready", "wake", "joined", "left", "empty"]);
    expect(room.of("left")[0]).toMatchObject({ reason: "client-closed", client: { nick: "one" } });
    expect(room.gateway.roster(room.sessionId)).toEqual([]);
  });

  it("leaves a host that is busy: the room is not called empty before the host has noticed", async () => {
    const room = await openRoom();
    const one = await room.join({ nick: "one" });
    const link = await room.host.linkOf("one");
    link.isBusy = true;
    await one.close();
    await room.sees("left");
    for (let count = 0; count < 20; count++) {
      await room.host.roundTrip();
    }
    expect(room.of("empty")).toEqual([]);
    link.notice();
    await room.sees("empty");
  });

  it("wakes the room again after it was empty", async () => {
    const room = await openRoom();
    await (await room.join()).close();
    await room.sees("empty");
    await room.join();
    expect(room.types()).toEqual(["ready", "wake", "joined", "left", "empty", "wake", "joined"]);
  });

  it("comes by IPv6 or IPv4, and the host gets its address", async () => {
    const room = await openRoom();
    await room.join({ host: "::1" });
    await room.join({ host: "127.0.0.1" });
    expect(room.gateway.roster(room.sessionId).map(({ address }) => address)).toEqual(["::1", "127.0.0.1"]);
    expect(room.host.addresses).toEqual([encodePeerAddress("::1"), encodePeerAddress("127.0.0.1")]);
  });

  it("is linked by a host that asks for no address, as RetroArch 1.10 does not", async () => {
    const room = await openRoom({ host: { asksAddress: false } });
    const one = await room.join();
    expect(one.sync?.clientNumber).toBe(1);
  });

  it("waits for a host that dials in later", async () => {
    const room = await openRoom({ host: null });
    const one = room.client({ nick: "early" });
    await eventually("the gateway's header", () => one.hostHeader !== undefined);

    const host = await FakeHost.dial({ tunnelPort: room.tunnelPort });
    await room.sees("joined");
    host.close();
  });
});

describe("a client of protocol 5", () => {
  it("is shown to the host as one, and gets no commands of protocol 6", async () => {
    const room = await openRoom();
    const one = await room.join({ nick: "old", protocol: 5 });
    const link = await room.host.linkOf("old");
    expect(one.hostHeader?.protocol).toBe(5);
    expect(link.header).toMatchObject({ highestProtocol: 0, lowestProtocol: 5 });
    expect(one.commands.map(({ command }) => command)).not.toContain(COMMAND.settingAllowPausing);
    await eventually("it to play", () => one.ports.length > 0);
  });
});

describe("a client newer than the host", () => {
  it("is promised the host's protocol, and the host can choose no other", async () => {
    const room = await openRoom({ protocolHigh: 6, host: { protocolHigh: 7 } });
    const one = await room.join({ nick: "new", protocol: 7 });
    const link = await room.host.linkOf("new");
    expect(one.hostHeader?.protocol).toBe(6);
    expect(link.header?.highestProtocol).toBe(6);
    expect(link.protocol).toBe(6);
  });
});

describe("clients that ask for a savestate at the same time", () => {
  it("cost their host one savestate after the first, also when the first waiting client is gone, and all get one", async () => {
    const room = await openRoom({ maxClients: 6 });
    const nicks = ["one", "two", "three", "four"];
    const clients = await Promise.all(nicks.map((nick) => room.join({ nick, spectate: true })));
    const links = await Promise.all(nicks.map((nick) => room.host.linkOf(nick)));
    const requests = (): number => links.reduce((sum, link) => sum + link.count(COMMAND.requestSavestate), 0);
    const [first, second, ...others] = clients;
    first?.send(COMMAND.requestSavestate);
    await eventually("the first is told at once", () => requests() === 1, 400);
    second?.send(COMMAND.requestSavestate);
    second?.ping();
    await eventually("the second has asked", () => second?.pongs === 1);
    const before = new Map(others.map((client) => [client, client.savestates.length]));
    others.forEach((client) => {
      client.send(COMMAND.requestSavestate);
    });
    await second?.close();
    for (const [client, count] of before) {
      await eventually("a state for each", () => client.savestates.length > count);
    }
    expect(requests()).toBe(2);
  });
});

describe("a client without zlib", () => {
  it("gets inflated savestates in the room of clients with zlib, and the host lives", async () => {
    const room = await openRoom({ host: { state: Buffer.alloc(100_000, "long state") } });
    const raw = await room.join({ nick: "raw", compression: 0 });
    const zip = await room.join({ nick: "zip" });
    zip.send(COMMAND.requestSavestate);
    await eventually("states for both", () => raw.savestates.length >= 2 && zip.savestates.length >= 2);
    const link = await room.host.linkOf("raw");
    const state = Buffer.alloc(100_000, "long state");
    expect(link.header?.compression).toBe(1);
    expect(raw.savestates.map(({ data }) => data.equals(state))).not.toContain(false);
    expect(zip.savestates.map(({ data }) => data.equals(state))).not.toContain(false);
    expect(room.host.crash).toBeUndefined();
    await eventually("frames behind the states", () => raw.framesSeen > 10);
  });

  it("is dropped when its host's savestate is damaged", async () => {
    const room = await openRoom();
    await room.join({ nick: "raw", compression: 0, spectate: true });
    const link = await room.host.linkOf("raw");
    link.send(COMMAND.loadSavestate, Buffer.from("0000000100000800deadbeef", "hex"));
    await room.sees("left");
    expect(room.of("left")[0]?.reason).toBe("bad-savestate");
  });
});

describe("the bytes between client and host", () => {
  it("arrive unchanged and in order, in any pieces", async () => {
    const room = await openRoom({ host: { manualFrames: true } });
    const one = await room.join({ nick: "one" });
    await eventually("the client to play", () => one.ports.length > 0);
    const link = await room.host.linkOf("one");
    const before = { host: link.received.length, client: one.receivedBytes, commands: one.commands.length };
    const up = Buffer.concat(
      Array.from({ length: 400 }, (_, index) =>
        encodeCommand(COMMAND.input, Buffer.alloc(8 + (index % 12) * 4, index)),
      ),
    );
    const down = Buffer.concat(
      Array.from({ length: 400 }, (_, index) =>
        encodeCommand(0x7000 + index, Buffer.alloc(index * 7, index)),
      ),
    );
    for (let offset = 0, step = 1; offset < up.length; offset += step, step = (step * 7) % 131) {
      one.sendRaw(up.subarray(offset, offset + step));
      await new Promise(setImmediate);
    }
    for (let offset = 0, step = 1; offset < down.length; offset += step, step = (step * 11) % 4099) {
      link.sendRaw(down.subarray(offset, offset + step));
      await new Promise(setImmediate);
    }
    await eventually("all upward bytes", () => link.received.length === before.host + up.length);
    await eventually("all downward bytes", () => one.receivedBytes === before.client + down.length);
    expect(link.received.subarray(before.host)).toEqual(up);
    const received = one.commands.slice(before.commands);
    expect(Buffer.concat(received.map(({ command, payload }) => encodeCommand(command, payload)))).toEqual(
      down,
    );
  });

  it("reach the host in whole commands only", async () => {
    const room = await openRoom({ host: { manualFrames: true } });
    const one = await room.join({ nick: "one" });
    await eventually("the client to play", () => one.ports.length > 0);
    const link = await room.host.linkOf("one");
    const before = link.received.length;
    const command = encodeCommand(COMMAND.input, Buffer.alloc(32));
    one.sendRaw(Buffer.concat([command, command.subarray(0, 39)]));
    await eventually("the whole command", () => link.received.length > before);
    expect(link.received.length).toBe(before + 40);
    one.sendRaw(command.subarray(39));
    await eventually("the rest", () => link.received.length === before + 80);
  });
});

describe("a session's ports", () => {
  it("are refused when they are taken", async () => {
    const room = await openRoom();

    const again = { host: "::", port: room.port, maxClients: 1, core: FAKE_CORE, crc: undefined };
    expect(await room.gateway.open({ sessionId: newSessionId(), ...again })).toEqual({
      ok: false,
      reason: "port-in-use",
    });
  });

  it("are refused on an address that the machine does not have", async () => {
    const room = await openRoom();

    const port = await freePort();
    const elsewhere = { host: "192.0.2.1", port, maxClients: 1, core: FAKE_CORE, crc: undefined };
    expect(await room.gateway.open({ sessionId: newSessionId(), ...elsewhere })).toEqual({
      ok: false,
      reason: "address-unavailable",
    });
  });

  it("are free again when the session is closed, without any connection left", async () => {
    const room = await openRoom();
    const one = await room.join();
    const half = room.connect(Buffer.from("RANP"));
    await room.gateway.close(room.sessionId);
    await Promise.all([one.ended(), half.end()]);
    await eventually("the host's control connection to end", () => room.host.controlEnded);
    expect(room.of("left")[0]?.reason).toBe("session-closed");

    const next = { sessionId: newSessionId(), host: "::", port: room.port, maxClients: 1, core: FAKE_CORE };
    expect(await room.gateway.open({ ...next, crc: undefined })).toMatchObject({ ok: true });
    await room.gateway.close(next.sessionId);
  });

  it("may be closed without having been opened", async () => {
    const room = await openRoom();

    await room.gateway.close(newSessionId());
    expect(room.gateway.kick(newSessionId(), "nobody")).toBe(false);
    expect(room.gateway.roster(newSessionId())).toEqual([]);
  });
});
