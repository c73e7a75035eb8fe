import { afterEach, describe, expect, it } from "vitest";
import { encodeTunnelMessage } from "../../../src/netplay/index.ts";
import { sessionIdToBytes } from "../../../src/shared/index.ts";
import { FakeHost } from "../../helpers/netplay-fake-host.ts";
import { TestRoom, type TestRoomOptions } from "../../helpers/netplay-room.ts";
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

const RATS = encodeTunnelMessage({ type: "session", id: Buffer.alloc(12) });

describe("a host that dials in", () => {
  it("is told the session's id, and makes the session ready, once", async () => {
    const room = await openRoom();
    expect(room.host.sessionId).toEqual(sessionIdToBytes(room.sessionId));
    expect(room.types()).toEqual(["ready"]);
  });

  it("is the only one: a second one is closed and changes nothing", async () => {
    const room = await openRoom();
    const second = room.connect(RATS, room.tunnelPort);
    await second.end();
    expect(second.received).toHaveLength(0);
    await room.join();
    expect(room.types()).toEqual(["ready", "wake", "joined"]);
  });

  it("is pinged, and its answers are not answered", async () => {
    const limits = { hostPingMs: 30, hostSilentMs: 90 };
    const room = await openRoom({ limits });
    const atMs = room.clock.now();
    await eventually("ten pings", () => room.host.pongs === 10);
    expect(room.clock.now() - atMs).toBeGreaterThan(9 * limits.hostPingMs);
    expect(room.types()).toEqual(["ready"]);
  });

  it("gets the address :: and no id for an unknown peer", async () => {
    const room = await openRoom({ host: null });
    const control = room.connect(RATS, room.tunnelPort);
    await room.sees("ready");
    control.socket.write(encodeTunnelMessage({ type: "address-question", peer: Buffer.alloc(12, 7) }));
    await eventually("an answer", () => control.received.length === 16 + 32);
    expect(control.received.subarray(16)).toEqual(Buffer.concat([Buffer.from("RATA"), Buffer.alloc(28)]));
  });

  it("may send its messages in any pieces", async () => {
    const room = await openRoom({ host: null });
    const control = room.connect(undefined, room.tunnelPort);
    for (const byte of RATS) {
      control.socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    await room.sees("ready");
  });
});

describe("a host that gives up", () => {
  it("by closing its control connection is lost, and clients that wait for a link are closed", async () => {
    // They must not be closed by their own deadlines.
    const limits = { linkMs: 60_000, handshakeMs: 60_000 };
    const room = await openRoom({ host: { ignoresLinks: true }, limits });
    const waiting = room.client();
    await eventually("the gateway to ask for a link", () => room.host.asked.length === 1);
    room.host.close();
    await room.sees("lost");
    expect(room.of("lost")[0]?.reason).toBe("control-closed");
    await waiting.ended();
    await room.sees("empty");
  });

  it.each([
    ["garbage", Buffer.from("GET / HTTP/1.1")],
    ["a second RATS", RATS],
    ["a link on the control connection", encodeTunnelMessage({ type: "link", peer: Buffer.alloc(12, 1) })],
  ])("by sending %s is lost", async (_, bytes) => {
    const room = await openRoom();
    room.host.control.write(bytes);
    await room.sees("lost");
    expect(room.of("lost")).toMatchObject([{ reason: "control-garbage" }]);
    await eventually("its connection to be closed", () => room.host.controlEnded);
  });

  it("by dying ends its clients' connections", async () => {
    const room = await openRoom();
    const one = await room.join();
    room.host.close();
    await one.ended();
    await room.sees("lost");
    await room.sees("empty");
    expect(room.of("left")[0]?.reason).toBe("host-closed");
  });

  it("of one client leaves the others alone", async () => {
    const room = await openRoom();
    await room.join({ nick: "one" });
    const two = await room.join({ nick: "two" });
    (await room.host.linkOf("one")).socket?.destroySoon();
    await room.sees("left");
    expect(room.of("left")).toMatchObject([{ reason: "host-closed", client: { nick: "one" } }]);
    const { framesSeen } = two;
    await eventually("five more frames", () => two.framesSeen > framesSeen + 5);
  });
});

describe("a host that hangs", () => {
  const limits = { hostPingMs: 20, hostSilentMs: 100 };

  it("is noticed before a client has come, once", async () => {
    const room = await openRoom({ limits, host: { answersPings: false } });
    await room.sees("hung");
    expect(room.types()).toEqual(["ready", "hung"]);
    await eventually("its connection to be closed", () => room.host.controlEnded);
  });

  it("is not one that is put to sleep, until it is woken", async () => {
    const room = await openRoom({ limits, host: { answersPings: false } });
    room.gateway.setHostAsleep(room.sessionId, true);
    const { pongs } = room.host;
    const beganAtMs = room.clock.now();
    await eventually(
      "longer than it may be silent",
      () => room.clock.now() > beganAtMs + 2 * limits.hostSilentMs,
    );
    expect(room.host.pongs).toBe(pongs);
    expect(room.types()).toEqual(["ready"]);
    room.gateway.setHostAsleep(room.sessionId, false);
    await room.sees("hung");
  });
});

describe("a host that announces another game than was asked of it", () => {
  it.each([
    ["another content", { crc: 0x1badcafe }],
    ["another core", { core: "Another Core" }],
  ])("is reported with the first client that it answers, once: %s", async (_, game) => {
    const room = await openRoom({ host: game });
    await room.join({ nick: "one" });
    await room.join({ nick: "two" });
    expect(room.of("mismatch")).toHaveLength(1);
  });

  it.each([
    ["the host knows no CRC", { crc: 0 }, {}],
    ["the core's CRC says nothing", { crc: 0x1badcafe }, { crc: null }],
  ])("is none when %s", async (_, game, options) => {
    const room = await openRoom({ host: game, ...options });
    await room.join();
    expect(room.of("mismatch")).toEqual([]);
  });
});

describe("strangers on the tunnel's port", () => {
  it("are closed at once for garbage, and in time for silence", async () => {
    const room = await openRoom({ limits: { tunnelOpeningMs: 50 } });
    const strangers = [
      room.connect(Buffer.from("hello there, tunnel"), room.tunnelPort),
      room.connect(encodeTunnelMessage({ type: "session", id: Buffer.alloc(12, 9) }), room.tunnelPort),
      room.connect(encodeTunnelMessage({ type: "ping" }), room.tunnelPort),
      room.connect(undefined, room.tunnelPort),
      room.connect(RATS.subarray(0, 15), room.tunnelPort),
    ];
    await Promise.all(strangers.map((raw) => raw.end()));
    await room.join();
    expect(room.types()).toEqual(["ready", "wake", "joined"]);
  });

  it("are limited in number", async () => {
    const room = await openRoom({ limits: { halfOpenTunnel: 4 } });
    const crowd = Array.from({ length: 10 }, () => room.connect(undefined, room.tunnelPort));
    await eventually("six of ten to be closed", () => crowd.filter((raw) => raw.ended).length === 6);
    crowd.forEach(({ socket }) => socket.destroy());
    await eventually("the crowd to go", () => crowd.every((raw) => raw.ended));
    await room.join();
  });
});

describe("a link", () => {
  it("that is never opened ends the client at its deadline, not the room", async () => {
    const room = await openRoom({ limits: { linkMs: 80 }, host: { ignoresLinks: true } });
    const one = room.client();
    await one.ended();
    await room.sees("empty");
    expect(room.types()).toEqual(["ready", "wake", "empty"]);
    expect(room.host.controlEnded).toBe(false);
  });

  it("that comes after its client has left is closed", async () => {
    const room = await openRoom({ host: { ignoresLinks: true } });
    const one = room.client({ nick: "gone" });
    await eventually("the gateway to ask for a link", () => room.host.asked.length === 1);
    await one.close();
    await room.sees("empty");
    const late = room.host.openLink(room.host.asked[0] ?? Buffer.alloc(12));
    await eventually("the late link to be closed", () => late.ended);
    expect(late.header).toBeUndefined();
    expect(room.host.controlEnded).toBe(false);
  });

  it("may still be asked about when its client has left, so that the host can finish with it", async () => {
    const room = await openRoom({ host: { ignoresLinks: true, asksAddress: false } });
    const one = room.client({ localAddress: "127.0.0.9" });
    await eventually("the gateway to ask for a link", () => room.host.asked.length === 1);
    await one.close();
    await room.sees("empty");
    room.host.control.write(
      encodeTunnelMessage({ type: "address-question", peer: room.host.asked[0] ?? Buffer.alloc(12) }),
    );
    await eventually("an answer", () => room.host.addresses.length === 1);
    expect(room.host.addresses[0]?.subarray(12)).toEqual(Buffer.from([127, 0, 0, 9]));
  });

  it("that is opened twice is closed the second time, and the first goes on", async () => {
    const room = await openRoom();
    const one = await room.join({ nick: "one" });
    const peer = room.host.asked[0] ?? Buffer.alloc(12);
    const again = room.host.openLink(peer);
    await eventually("the second link to be closed", () => again.ended);
    const { framesSeen } = one;
    await eventually("five more frames", () => one.framesSeen > framesSeen + 5);
  });

  it("for a peer that was never requested is closed", async () => {
    const room = await openRoom();
    const stray = room.host.openLink(Buffer.alloc(12, 3));
    await eventually("the stray link to be closed", () => stray.ended);
    await room.join();
  });

  it("is requested at most eight times at once; the ninth client waits", async () => {
    const room = await openRoom({
      maxClients: 20,
      limits: { clientsPerAddress: 20 },
      host: { ignoresLinks: true, asksAddress: false },
    });
    Array.from({ length: 10 }, (_, index) => room.client({ nick: `n${index}` }));
    await eventually("eight to be asked for", () => room.host.asked.length === 8);
    // When the gateway has answered another round trip on the same connection, it has read all ten nicknames.
    await room.host.roundTrip();
    expect(room.host.asked).toHaveLength(8);
    room.host.asked.slice(0, 2).forEach((peer) => room.host.openLink(peer));
    await eventually("the last two to be asked for", () => room.host.asked.length === 10);
  });

  it("is requested once the host is there, also for clients that came before it", async () => {
    const room = await openRoom({ host: null, limits: { handshakeMs: 5_000 } });
    const early = [room.client({ nick: "a" }), room.client({ nick: "b" })];
    await eventually("two headers", () => early.every(({ hostHeader }) => hostHeader !== undefined));
    const host = await FakeHost.dial({ tunnelPort: room.tunnelPort });
    await room.sees("joined", 2);
    host.close();
  });
});
