import { afterEach, describe, expect, it } from "vitest";
import { COMMAND, encodeCommand, encodeTunnelMessage } from "../../../src/netplay/index.ts";
import { newSessionId } from "../../../src/shared/index.ts";
import { hex } from "../../helpers/netplay-bytes.ts";
import { joining, TestNetplayPort, type TestNetplayPortOptions } from "../../helpers/netplay-port.ts";
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

/** Such a host asks for a password: its header has a salt. */
const headerWithSalt = Buffer.concat([
  Buffer.from("RANP"),
  Buffer.from("00040008" + "00000001" + "5a17ed00" + "00000006" + "00000469", "hex"),
]);

describe("a relayed room", () => {
  it("has an id, accepts clients by it, and is listed with its known facts", async () => {
    const test = await openNetplayPort();
    const { id } = await test.relayedHost({ sram: Buffer.alloc(64, "save") });
    expect(test.gateway.relayed()).toMatchObject([
      { sessionId: id, ownerAddress: "127.0.0.1", info: undefined, roster: [] },
    ]);
    const one = await test.join({ nick: "one" }, id);
    const two = await test.join({ nick: "two" }, id);
    await eventually("both to play", () => one.ports.length > 0 && two.ports.length > 0);
    one.press(0x100);
    await eventually("a button on the other side", () => two.inputs.get(1) === 0x100);
    expect(one.sram).toEqual(Buffer.alloc(64, "save"));
    expect(one.hostNick).toBe("dedicated");
    expect(test.gateway.relayed()).toMatchObject([
      {
        info: { coreName: FAKE_CORE, crc: FAKE_CRC },
        roster: [
          { nick: "one", players: [1] },
          { nick: "two", players: [2] },
        ],
      },
    ]);
  });

  it("leaves the game to the host: no INFO is compared, no protocol chosen", async () => {
    const test = await openNetplayPort({ protocolHigh: 6 });
    const { id, host } = await test.relayedHost({ protocolHigh: 7 });
    const one = await test.join({ nick: "one", core: "Another", crc: 1, protocol: 7 }, id);
    expect(one.hostHeader?.protocol).toBe(7);
    expect((await host.linkOf("one")).header?.highestProtocol).toBe(7);
  });

  it("takes a client of protocol 5, and shows it to the host as one", async () => {
    const test = await openNetplayPort();
    const { id, host } = await test.relayedHost();
    const old = await test.join({ nick: "old", protocol: 5 }, id);
    expect(old.hostHeader?.protocol).toBe(5);
    expect((await host.linkOf("old")).header).toMatchObject({ highestProtocol: 0, lowestProtocol: 5 });
    await eventually("it to play", () => old.ports.length > 0);
  });

  it("has clients with and without zlib together, and its host lives", async () => {
    const test = await openNetplayPort();
    const { id, host } = await test.relayedHost();
    const zip = await test.join({ nick: "zip" }, id);
    const raw = await test.join({ nick: "raw", compression: 0 }, id);
    zip.send(COMMAND.requestSavestate);
    await eventually("states for both", () => raw.savestates.length >= 2 && zip.savestates.length >= 2);
    expect(raw.savestates.every(({ data }) => data.equals(Buffer.alloc(2048, "state")))).toBe(true);
    expect((await host.linkOf("raw")).header?.compression).toBe(1);
    expect(host.crash).toBeUndefined();
  });

  it("lets a password pass, also when typing takes long", async () => {
    const test = await openNetplayPort({ limits: { handshakeMs: 100 } });
    const { id, host } = await test.relayedHost({ headerAnswer: headerWithSalt, withholdsSync: true });
    const one = test.client({ nick: "one" }, id);
    const link = await host.linkOf("one");
    const typedAtMs = performance.now() + 300;
    await eventually("a person to type", () => performance.now() > typedAtMs);
    expect(one.end).toBeUndefined();
    const one2 = test.client({ nick: "two", until: "nick" }, id);
    const second = await host.linkOf("two");
    one2.send(COMMAND.password, Buffer.alloc(64, "a"));
    await eventually("the password", () => second.count(COMMAND.password) === 1);
    expect(one.hostHeader?.salt).toBe(0x5a17ed00);
    expect(link.commands.map(({ command }) => command)).toEqual([COMMAND.password, COMMAND.info]);
  });

  it("limits silent connections and closes the oldest", async () => {
    const test = await openNetplayPort({ limits: { halfOpenPerRoom: 2 } });
    const { id } = await test.relayedHost();
    const silent = [1, 2, 3].map(() => test.connect(joining(id)));
    await silent[0]?.end();
    expect(silent.map(({ ended }) => ended)).toEqual([true, false, false]);
    await test.join({ nick: "one" }, id);
  });

  it("waits for a password, but not for ever", async () => {
    const test = await openNetplayPort({ limits: { handshakeMs: 60_000, passwordMs: 150 } });
    const { id } = await test.relayedHost({ headerAnswer: headerWithSalt, withholdsSync: true });
    await test.client({ nick: "one", until: "nick" }, id).ended();
    await test.logs("client did not get into the game", { reason: "handshake-timeout" });
  });

  it("keeps silent clients and strangers from its host", async () => {
    const test = await openNetplayPort({ limits: { openingMs: 150 } });
    const { id, host } = await test.relayedHost();
    const silent = test.connect(joining(id));
    const stranger = test.connect(Buffer.concat([joining(id), Buffer.from("GET / HTTP/1.1\r\n")]));
    await Promise.all([silent.end(2_000), stranger.end(2_000)]);
    expect(host.asked).toEqual([]);
  });

  it("drops a client that floods, and one that sends what no client sends", async () => {
    const test = await openNetplayPort();
    const { id } = await test.relayedHost();
    const flood = await test.join({ nick: "flood" }, id);
    flood.sendRaw(Buffer.alloc(3 * 1024 * 1024));
    const forger = await test.join({ nick: "forger" }, id);
    forger.send(COMMAND.mode, Buffer.alloc(60));
    await Promise.all([flood.ended(), forger.ended()]);
    await test.logs("client left", { nick: "forger", reason: "forbidden-command" });
    await test.logs("client left", { nick: "flood", reason: "flood" });
  });

  it.each([
    ["a command that no host sends", encodeCommand(COMMAND.requestSavestate), "host-forbidden-command"],
    ["an unknown command", encodeCommand(0x7777), "host-forbidden-command"],
    ["a second SYNC", encodeCommand(COMMAND.sync, Buffer.alloc(184)), "host-forbidden-command"],
    ["NOINPUT of eight bytes", encodeCommand(COMMAND.noInput, Buffer.alloc(8)), "host-wrong-size"],
    ["chat without a nickname", encodeCommand(COMMAND.playerChat, Buffer.alloc(32)), "host-wrong-size"],
    ["the head of a savestate of 4 GiB", hex("00000042 ffffffff"), "host-wrong-size"],
  ])("ends the link of a host that sends its client %s, and no other", async (_, bytes, reason) => {
    const test = await openNetplayPort();
    const { id, host } = await test.relayedHost();
    const bystander = await test.join({ nick: "bystander" }, id);
    const victim = await test.join({ nick: "victim" }, id);
    const before = victim.commands.length;
    const link = await host.linkOf("victim");
    link.sendRaw(bytes);
    await victim.ended();
    await test.logs("client left", { nick: "victim", reason });
    const passed = victim.commands.slice(before).map(({ command }) => command);
    expect(
      passed.filter((command) => bytes.readUInt32BE(0) === command && command !== COMMAND.noInput),
    ).toEqual([]);
    const { framesSeen } = bystander;
    await eventually("frames for the other", () => bystander.framesSeen > framesSeen + 5);
  });

  it("says FULL beyond its slots, and DENY to addresses that were kicked", async () => {
    const test = await openNetplayPort({ relay: { maxClients: 1 } });
    const { id } = await test.relayedHost();
    const one = await test.join({ nick: "one" }, id);
    const two = test.client({ nick: "two" }, id);
    await two.ended();
    expect(two.hostHeader?.magic).toBe("FULL");
    expect(test.gateway.kick(id, "one")).toBe(true);
    await one.ended();
    const again = test.client({ nick: "again" }, id);
    await again.ended();
    expect(again.hostHeader?.magic).toBe("DENY");
  });

  it("ends a link on which nothing passes, and keeps one with traffic in one direction", async () => {
    const test = await openNetplayPort({ relay: { idleMs: 300 } });
    const quiet = await test.relayedHost({ manualFrames: true });
    const lively = await test.relayedHost();
    const left = await test.join({ nick: "left", spectate: true }, quiet.id);
    const stays = await test.join({ nick: "stays", spectate: true }, lively.id);
    await left.ended(3_000);
    await test.logs("client left", { nick: "left", reason: "silent" });
    const { framesSeen } = stays;
    await eventually("40 frames", () => stays.framesSeen > framesSeen + 40 || stays.end !== undefined);
    expect(stays.end).toBeUndefined();
  });
});

describe("the owner of a relayed room", () => {
  it("that disappears is noticed, and its room ends with all its clients", async () => {
    const limits = { ownerPingMs: 40, ownerSilentMs: 100 };
    const test = await openNetplayPort({ limits });
    const gone = await test.relayedHost({ manualFrames: true });
    const there = await test.relayedHost({ answersPings: true });
    const one = await test.join({ nick: "one" }, gone.id);
    await one.ended(3_000);
    await test.logs("relayed room ended", { reason: "control-silent", sessionId: gone.id });
    await eventually("pings", () => there.host.pongs > 10);
    expect(test.gateway.relayed()).toMatchObject([{ sessionId: there.id }]);
  });

  it("is not taken for gone while its links show that it lives", async () => {
    const test = await openNetplayPort({ limits: { ownerPingMs: 40, ownerSilentMs: 100 } });
    const { id, host } = await test.relayedHost();
    await test.join({ nick: "one" }, id);
    await eventually("pings", () => host.pongs > 10);
    expect(test.gateway.relayed()).toHaveLength(1);
  });

  it("that floods its control connection loses its room", async () => {
    const test = await openNetplayPort();
    const owner = test.connect(encodeTunnelMessage({ type: "session", id: Buffer.alloc(12) }));
    await eventually("its room", () => owner.received.length === 16);
    const question = encodeTunnelMessage({ type: "address-question", peer: Buffer.alloc(12, 1) });
    owner.socket.write(Buffer.concat(Array.from({ length: 300 }, () => question)));
    await owner.end();
    await test.logs("relayed room ended", { reason: "control-flood" });
  });

  it("that sends garbage loses its room, and no other room notices", async () => {
    const test = await openNetplayPort();
    const bad = await test.relayedHost();
    const good = await test.relayedHost();
    const one = await test.join({ nick: "one" }, bad.id);
    const two = await test.join({ nick: "two" }, good.id);
    bad.host.control.write("GARBAGE!");
    await one.ended();
    await eventually("its control connection to end", () => bad.host.controlEnded);
    const frames = two.framesSeen;
    await eventually("frames for the other", () => two.framesSeen > frames + 10);
    expect(test.gateway.relayed()).toMatchObject([{ sessionId: good.id }]);
  });

  it("that closes its control connection ends its room", async () => {
    const test = await openNetplayPort();
    const { id, host } = await test.relayedHost();
    const one = await test.join({ nick: "one" }, id);
    host.control.destroy();
    await one.ended();
    expect(test.gateway.relayed()).toEqual([]);
  });

  it("gets the link of a client that is still there, once", async () => {
    const test = await openNetplayPort();
    const { id, host } = await test.relayedHost({ ignoresLinks: true });
    const one = test.client({ nick: "one" }, id);
    const two = test.client({ nick: "two" }, id);
    await eventually("both to wait", () => host.asked.length === 2);
    await one.close();
    const [firstPeer = Buffer.alloc(12), secondPeer = Buffer.alloc(12)] = host.asked;
    const late = host.openLink(firstPeer);
    const link = host.openLink(secondPeer);
    await eventually("the second to be in", () => two.sync !== undefined);
    const again = host.openLink(secondPeer);
    await eventually("links for nobody to be closed", () => late.ended && again.ended);
    expect(link.ended).toBe(false);
    expect(test.gateway.relayed()).toMatchObject([{ roster: [{ nick: "two" }] }]);
  });

  it("has a limit on its rooms, and the server has one on all rooms", async () => {
    const test = await openNetplayPort({ relay: { maxRooms: 3 }, limits: { relayedRoomsPerAddress: 2 } });
    const first = await test.relayedHost();
    await test.relayedHost();
    const hostOf = (address: string): ReturnType<TestNetplayPort["connect"]> =>
      test.connect(encodeTunnelMessage({ type: "session", id: Buffer.alloc(12) }), address);
    await hostOf("127.0.0.1").end();
    const other = hostOf("127.0.0.2");
    await eventually("a room for another address", () => other.received.length === 16);
    await hostOf("127.0.0.3").end();
    expect(test.logged("relayed room refused").map(({ reason }) => reason)).toEqual([
      "max-rooms-of-address",
      "max-rooms",
    ]);
    expect(test.gateway.endRelayed(first.id)).toBe(true);
    expect(test.gateway.endRelayed(first.id)).toBe(false);
    await test.relayedHost();
  });

  it("gets no room where the relay is turned off", async () => {
    const test = await openNetplayPort({ relay: { enabled: false } });
    const owner = test.connect(encodeTunnelMessage({ type: "session", id: Buffer.alloc(12) }));
    await owner.end();
    expect(owner.received).toHaveLength(0);
  });
});

describe("an id", () => {
  it("leads to a supervised session as well", async () => {
    const test = await openNetplayPort();
    const { id } = await test.openSession();
    await test.join({ nick: "one" }, id);
    expect(test.gateway.roster(id)).toMatchObject([{ nick: "one", address: "127.0.0.1" }]);
  });

  it("of a supervised session may be named by a client of protocol 5, and by one without zlib", async () => {
    const test = await openNetplayPort();
    const { id, host } = await test.openSession();
    const old = await test.join({ nick: "old", protocol: 5 }, id);
    const raw = await test.join({ nick: "raw", compression: 0 }, id);
    expect(old.hostHeader?.protocol).toBe(5);
    expect((await host.linkOf("old")).header).toMatchObject({ highestProtocol: 0, lowestProtocol: 5 });
    await eventually("a savestate, and to play", () => raw.savestates.length > 0 && raw.ports.length > 0);
    expect(raw.savestates[0]?.data).toEqual(Buffer.alloc(2048, "state"));
    expect((await host.linkOf("raw")).header?.compression).toBe(1);
    expect(host.crash).toBeUndefined();
  });

  it("that is wrong is closed; an address that guesses too often is refused, and no other address", async () => {
    const test = await openNetplayPort({ limits: { guessBurst: 3, guessesPerSecond: 0.001 } });
    const { id } = await test.openSession();
    const localAddress = "127.0.0.9";
    for (let guess = 0; guess < 3; guess++) {
      await test.connect(joining(newSessionId()), localAddress).end();
    }
    const guesser = test.client({ nick: "guesser", localAddress }, id);
    await guesser.ended();
    expect(guesser.receivedBytes).toBe(0);
    await test.join({ nick: "one" }, id);
    expect(test.logged("a session that does not exist was asked for")).toHaveLength(3);
  });

  it("of a link that was not requested counts as a guess too", async () => {
    const test = await openNetplayPort({ limits: { guessBurst: 1, guessesPerSecond: 0.001 } });
    const { id } = await test.relayedHost();
    const localAddress = "127.0.0.9";
    await test.connect(encodeTunnelMessage({ type: "link", peer: Buffer.alloc(12, 7) }), localAddress).end();
    const guesser = test.client({ nick: "guesser", localAddress }, id);
    await guesser.ended();
    expect(guesser.receivedBytes).toBe(0);
  });
});

describe("thousands of silent connections", () => {
  it("keep no player out, and leave no timer or connection open", async () => {
    const test = await openNetplayPort({ limits: { halfOpenPort: 200, openingMs: 60_000 } });
    const before = await test.join({ nick: "before" });
    const crowd = Array.from({ length: 3_000 }, (_, index) =>
      test.connect(undefined, `127.0.${1 + (index >> 7)}.${1 + (index & 127)}`),
    );
    const during = await test.join({ nick: "during" });
    const left = (): typeof crowd => crowd.filter(({ ended }) => !ended);
    await eventually("the oldest to make room", () => left().length <= 200, 20_000);
    left().forEach(({ socket }) => socket.destroy());
    const { framesSeen } = before;
    await eventually("frames", () => before.framesSeen > framesSeen + 10);
    await Promise.all([before.close(), during.close()]);
    test.putHostsToSleep();
    await eventually("no timer to be left", () => test.clock.pendingTimers === 0);
  });
});
