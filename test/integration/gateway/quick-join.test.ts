import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import {
  COMMAND,
  decodeHostHeader,
  encodeClientHeader,
  encodeCommand,
  encodeInfo,
  encodeNickCommand,
} from "../../../src/netplay/index.ts";
import { toCrc32 } from "../../../src/shared/index.ts";
import { field } from "../../helpers/netplay-bytes.ts";
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

const header = encodeClientHeader({
  platform: 0x00040008,
  compression: 1,
  highestProtocol: 6,
  lowestProtocol: 5,
  implementation: 0x469,
});

const own = { crc: toCrc32(FAKE_CRC), coreName: FAKE_CORE, coreVersion: "1.0" };

describe("a client that quick-joins", () => {
  it("is asked what it has loaded, gets a room of that game, and meets the next one there", async () => {
    const test = await openNetplayPort({ host: { sram: Buffer.alloc(64, "save") } });
    const one = await test.join({ nick: "one", coreVersion: "1.52.0 " });
    const two = await test.join({ nick: "two" });
    await eventually("both to play", () => one.ports.length > 0 && two.ports.length > 0);
    one.press(0x100);
    await eventually("a button on the other side", () => two.inputs.get(1) === 0x100);

    expect(test.requests[0]).toMatchObject({
      coreName: FAKE_CORE,
      coreVersion: "1.52.0 ",
      crc: FAKE_CRC,
      address: "127.0.0.1",
    });
    expect(test.hosts).toHaveLength(1);
    expect(one.hostHeader).toMatchObject({ magic: "RANP", protocol: 6, salt: 0 });
    expect(one.hostNick).toBe("netplayd");
    // The question, the host's INFO, its SYNC. The client did not get the host's own header and nickname.
    expect(one.commands.slice(0, 3).map(({ command, payloadBytes }) => [command, payloadBytes])).toEqual([
      [COMMAND.info, 0],
      [COMMAND.info, 68],
      [COMMAND.sync, 184 + 64],
    ]);
    expect((await test.hosts[0]?.linkOf("one"))?.header).toMatchObject({
      highestProtocol: 6,
      compression: 1,
    });
  });

  it("may speak protocol 5, and may be without zlib", async () => {
    const test = await openNetplayPort();
    const old = await test.join({ nick: "old", protocol: 5 });
    const raw = await test.join({ nick: "raw", compression: 0 });
    expect(old.hostHeader?.protocol).toBe(5);
    expect((await test.hosts[0]?.linkOf("old"))?.header).toMatchObject({
      highestProtocol: 0,
      lowestProtocol: 5,
    });
    await eventually("a savestate", () => raw.savestates.length > 0);
    expect(raw.savestates[0]?.data).toEqual(Buffer.alloc(2048, "state"));
    expect(test.hosts[0]?.crash).toBeUndefined();
  });

  it("that says everything in one piece is understood", async () => {
    const test = await openNetplayPort();
    const said = [header, encodeNickCommand("hasty"), encodeCommand(COMMAND.info, encodeInfo(own))];
    test.connect(Buffer.concat(said));
    await eventually("a host", () => test.hosts[0] !== undefined);
    expect((await test.hosts[0]?.linkOf("hasty"))?.nick).toBe("hasty");
  });

  it("gets another room when the first one has filled up", async () => {
    const test = await openNetplayPort({ maxClients: 1 });
    await Promise.all([test.join({ nick: "one" }), test.join({ nick: "two" })]);
    expect(test.hosts).toHaveLength(2);
  });

  it("is told FULL when there is no slot for any client", async () => {
    const test = await openNetplayPort({ isFull: true });
    const one = test.client();
    await one.ended();
    expect(one.hostHeader?.magic).toBe("FULL");
  });

  it("that leaves while its room is being opened wakes no host, and the room stays for the next one", async () => {
    let open = (): void => undefined;
    const until = new Promise<void>((resolve) => (open = resolve));
    const test = await openNetplayPort({ until });
    const one = test.client({ nick: "one" });
    await eventually("its request", () => test.requests.length === 1);
    await one.close();
    await test.logs("client got no room", { nick: "one", reason: "client-closed", core: FAKE_CORE });
    open();
    await test.join({ nick: "two" });
    expect(test.events.filter(({ type }) => type === "wake")).toHaveLength(1);
    expect(test.hosts.flatMap(({ links }) => links.map(({ nick }) => nick))).toEqual(["two"]);
  });

  it("that leaves before it is turned away is told in the log once", async () => {
    let decide = (): void => undefined;
    const until = new Promise<void>((resolve) => (decide = resolve));
    const test = await openNetplayPort({ until });
    const one = test.client({ nick: "one", crc: 0x2bad });
    await eventually("its request", () => test.requests.length === 1);
    await one.close();
    await test.logs("client got no room", { nick: "one", reason: "client-closed" });
    decide();
    await test.join({ nick: "two" });
    expect(test.logged("client got no room")).toHaveLength(1);
  });

  it("is closed when too many others come that do not answer, the oldest first", async () => {
    const test = await openNetplayPort({ limits: { contentQueries: 2 } });
    const one = test.client({ nick: "one", until: "nick" });
    await eventually("one to be asked", () => one.hostNick !== undefined);
    const two = test.client({ nick: "two", until: "nick" });
    await eventually("two to be asked", () => two.hostNick !== undefined);
    await test.join({ nick: "three" });
    await one.ended();
    await test.logs("client got no room", { nick: "one", reason: "evicted" });
    expect(two.end).toBeUndefined();
  });

  it("is shown what is hosted instead when its game is not, and keeps its connection to read it", async () => {
    const show = { ...own, crc: toCrc32(1) };
    const test = await openNetplayPort({ show, limits: { noRoomMs: 200 } });
    const one = test.client({ nick: "one", crc: 0xdeadbeef });
    await eventually("an INFO", () => one.hostInfo !== undefined);
    expect(one.hostInfo).toEqual(show);
    expect(one.end).toBeUndefined();
    await one.ended();
    expect(test.logged("client got no room")[0]).toMatchObject({ reason: "unknown-game", crc: "DEADBEEF" });
  });

  it("that changes its INFO between the two questions is dropped", async () => {
    const test = await openNetplayPort();
    const bob = await test.join({ nick: "bob" });
    const eve = test.client({ nick: "eve" });
    const answers = [own, { ...own, coreVersion: "2.0" }];
    eve.info = () => answers.shift() ?? own;
    await eve.ended();
    await test.logs("client did not get into the game", { nick: "eve", reason: "changed-info" });
    const frames = bob.framesSeen;
    await eventually("frames for the other", () => bob.framesSeen > frames + 10);
  });

  it("is dropped when its host answers another protocol than the promised one", async () => {
    const test = await openNetplayPort({ host: { forcedProtocol: 5 } });
    const one = test.client({ nick: "one" });
    await one.ended();
    await test.logs("client did not get into the game", { nick: "one", reason: "protocol-mismatch" });
    expect(one.sync).toBeUndefined();
  });

  it("is dropped when its host sends a header and no nickname", async () => {
    const headerAnswer = Buffer.concat([
      Buffer.from("RANP00040008000000010000000000000006", "latin1").subarray(0, 4),
      Buffer.from("00040008000000010000000000000006000004690000777700000000", "hex"),
    ]);
    const test = await openNetplayPort({ host: { headerAnswer } });
    const one = test.client({ nick: "one" });
    await one.ended();
    await test.logs("client did not get into the game", { nick: "one", reason: "host-refused" });
  });
});

describe("a client that quick-joins and says", () => {
  const nick = encodeNickCommand("eve");
  it.each([
    [
      "an INFO of 67 bytes",
      Buffer.concat([nick, encodeCommand(COMMAND.info, Buffer.alloc(67, 65))]),
      "bad-info",
    ],
    ["an INFO of 4 GiB", Buffer.concat([nick, Buffer.from("00000022ffffffff", "hex")]), "bad-info"],
    ["no INFO, but the question back", Buffer.concat([nick, encodeCommand(COMMAND.info)]), "bad-info"],
    [
      "an INFO of RetroArch 1.9.0",
      Buffer.concat([
        nick,
        encodeCommand(
          COMMAND.info,
          Buffer.concat([field("Nestopia", 32), field("1.50", 32), Buffer.from("c85f02aa", "hex")]),
        ),
      ]),
      "old-info",
    ],
    [
      "PLAY instead",
      Buffer.concat([nick, encodeCommand(COMMAND.play, Buffer.alloc(4))]),
      "unexpected-command",
    ],
    [
      "more than anybody reads",
      Buffer.concat([nick, encodeCommand(COMMAND.info, encodeInfo(own)), Buffer.alloc(2000)]),
      "flood",
    ],
  ])("%s is closed, and opens nothing", async (_, said, reason) => {
    const test = await openNetplayPort();
    const raw = test.connect(Buffer.concat([header, said]));
    await raw.end();
    await test.logs("client got no room", { nick: "eve", reason });
    expect(test.hosts).toEqual([]);
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["two bytes", Buffer.from("RA")],
    ["half a header", header.subarray(0, 12)],
    ["half a nickname", Buffer.concat([header, nick.subarray(0, 20)])],
    ["half a session's id", Buffer.from("RATSabcdef")],
    ["no INFO", Buffer.concat([header, nick])],
    [
      "half an INFO",
      Buffer.concat([header, nick, encodeCommand(COMMAND.info, encodeInfo(own)).subarray(0, 40)]),
    ],
  ])("%s is closed at its deadline", async (_, said) => {
    const test = await openNetplayPort({ limits: { openingMs: 150, answerMs: 150 } });
    const raw = test.connect(said);
    await raw.end(2_000);
    expect(test.requests).toEqual([]);
    await eventually("no timer to be left", () => test.clock.pendingTimers === 0);
  });
});

describe("the netplay port", () => {
  it("answers POKE as a host does", async () => {
    const test = await openNetplayPort({ protocolHigh: 7 });
    const raw = test.connect(Buffer.from("POKE"));
    await raw.end();
    expect(decodeHostHeader(raw.received)).toMatchObject({ value: { magic: "RANP", protocol: 7, salt: 0 } });
  });

  it.each(["GET / HTTP/1.1\r\n\r\n", "RATP", "RATA", "\x16\x03\x01\x02", "SSH-2.0-x\r\n", "FULL"])(
    "closes on %j without an answer",
    async (text) => {
      const test = await openNetplayPort();
      const raw = test.connect(Buffer.from(text, "latin1"));
      await raw.end(2_000);
      expect(raw.received).toHaveLength(0);
    },
  );

  it("closes with clients in all states, and is free again", async () => {
    const test = await openNetplayPort({ until: new Promise(() => undefined) });
    const waiting = test.client();
    const silent = test.connect();
    const half = test.connect(header);
    await eventually("all to be there", () => test.requests.length === 1 && half.received.length > 0);
    await test.gateway.closeNetplayPort();
    await Promise.all([waiting.ended(), silent.end(), half.end()]);
    expect(test.clock.pendingTimers).toBe(0);
  });
});

describe("where rooms are named by passwords", () => {
  const salt = 0x5a17ed00;

  it("the same password is the same room, another password is another room, and no password is the public room", async () => {
    const test = await openNetplayPort({ salt });
    const ann = await test.join({ nick: "ann", password: "tulip" });
    await test.join({ nick: "bob", password: "tulip" });
    await test.join({ nick: "eve", password: "tulips" });
    await test.join({ nick: "cyd" });
    await test.join({ nick: "dee" });
    expect(ann.hostHeader?.salt).toBe(salt);
    expect(test.hosts.map(({ links }) => links.map(({ nick }) => nick))).toEqual([
      ["ann", "bob"],
      ["eve"],
      ["cyd", "dee"],
    ]);
    // SHA-256 of "5A17ED00tulip".
    const hash = createHash("sha256").update("5A17ED00tulip").digest("hex");
    expect(test.requests.map(({ passwordHash }) => passwordHash)).toEqual([
      hash,
      hash,
      expect.any(String),
      undefined,
      undefined,
    ]);
  });

  it("a player may take a while to type, and then still has the time that a game needs to start", async () => {
    const test = await openNetplayPort({ salt, limits: { answerMs: 100, handshakeMs: 400 } });
    const ann = test.client({ nick: "ann", until: "nick" });
    await eventually("the host's nickname", () => ann.hostNick !== undefined);
    const typedAtMs = performance.now() + 600;
    await eventually("a person to type", () => performance.now() > typedAtMs);
    expect(ann.end).toBeUndefined();
    ann.send(COMMAND.password, Buffer.alloc(64, "a"));
    await eventually("the question what it has loaded", () => ann.commands.length === 1);
    ann.send(COMMAND.info, encodeInfo(own));
    await eventually("the host's INFO", () => ann.hostInfo !== undefined);
    ann.send(COMMAND.info, encodeInfo(own));
    await eventually("SYNC", () => ann.sync !== undefined);
  });

  it.each([
    ["INFO instead of a password", encodeCommand(COMMAND.info, encodeInfo(own)), "bad-password"],
    ["a password of 63 bytes", encodeCommand(COMMAND.password, Buffer.alloc(63)), "bad-password"],
    [
      "half a password",
      encodeCommand(COMMAND.password, Buffer.alloc(64)).subarray(0, 30),
      "password-timeout",
    ],
    ["none", Buffer.alloc(0), "password-timeout"],
  ])("%s is closed", async (_, said, reason) => {
    const test = await openNetplayPort({ salt, limits: { passwordMs: 150 } });
    const raw = test.connect(Buffer.concat([header, encodeNickCommand("eve"), said]));
    await raw.end(2_000);
    await test.logs("client got no room", { nick: "eve", reason });
    expect(test.requests).toEqual([]);
  });
});
