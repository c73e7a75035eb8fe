import { afterEach, describe, expect, it } from "vitest";
import { COMMAND, encodeCommand } from "../../../src/netplay/index.ts";
import { hex } from "../../helpers/netplay-bytes.ts";
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

/** A room with a player who must not notice the attack. */
async function openRoomWithPlayer(
  options?: TestRoomOptions,
): Promise<{ room: TestRoom; playerIsWell: () => Promise<void> }> {
  const room = await openRoom(options);
  const player = await room.join({ nick: "player" });
  await eventually("the player to play", () => player.ports.length > 0);
  const playerIsWell = async (): Promise<void> => {
    const { framesSeen } = player;
    await eventually("five more frames for the player", () => player.framesSeen >= framesSeen + 5);
    expect(room.gateway.roster(room.sessionId).map(({ nick }) => nick)).toContain("player");
  };
  return { room, playerIsWell };
}

describe("a client is dropped", () => {
  it.each([
    ["INPUT of 53 bytes", "oversize", encodeCommand(COMMAND.input, Buffer.alloc(53))],
    ["a chat of 96 bytes", "oversize", encodeCommand(COMMAND.playerChat, Buffer.alloc(96))],
    ["an unknown command", "forbidden-command", encodeCommand(0x7777)],
    ["savestate requests inside an ACK", "oversize", encodeCommand(COMMAND.ack, Buffer.alloc(64))],
    ["INPUT without playing", "wrong-role", encodeCommand(COMMAND.input, Buffer.alloc(12))],
    ["chat without playing", "wrong-role", encodeCommand(COMMAND.playerChat, Buffer.from("hello"))],
    ["the head of a command of a gigabyte", "oversize", hex("00000003 40000000")],
    ["SYNC", "forbidden-command", encodeCommand(COMMAND.sync, Buffer.alloc(60))],
    ["MODE", "forbidden-command", encodeCommand(COMMAND.mode, Buffer.alloc(60))],
    ["RESET", "forbidden-command", encodeCommand(COMMAND.reset, Buffer.alloc(4))],
    ["the head of LOAD_SAVESTATE", "forbidden-command", hex("00000042 00001000")],
    ["NETPACKET", "forbidden-command", encodeCommand(COMMAND.netpacket, Buffer.alloc(8))],
    ["a second nickname", "unexpected-command", encodeCommand(COMMAND.nick, Buffer.alloc(32))],
  ])("for %s", async (_, reason, bytes) => {
    const { room, playerIsWell } = await openRoomWithPlayer();
    const one = await room.join({ nick: "one", spectate: true });
    const link = await room.host.linkOf("one");
    const before = link.received.length;
    one.sendRaw(bytes);
    await room.sees("left");
    expect(room.of("left")).toMatchObject([{ reason, client: { nick: "one" } }]);
    await playerIsWell();
    expect(link.received).toHaveLength(before);
    await one.ended();
  });

  it("for more commands than a host can handle beside its game", async () => {
    const { room, playerIsWell } = await openRoomWithPlayer();
    const one = await room.join({ nick: "one", spectate: true });
    const link = await room.host.linkOf("one");
    const acks = Buffer.alloc(8 * 100);
    while (one.end === undefined && room.of("left").length === 0) {
      one.sendRaw(acks);
      await new Promise(setImmediate);
    }
    await room.sees("left");
    expect(room.of("left")[0]?.reason).toBe("flood");
    expect(link.count(COMMAND.ack)).toBeLessThanOrEqual(1000);
    await playerIsWell();
  });

  it("for chatting faster than a person types", async () => {
    const { room, playerIsWell } = await openRoomWithPlayer();
    const one = await room.join({ nick: "one" });
    await eventually("the client to play", () => one.ports.length > 0);
    const link = await room.host.linkOf("one");
    for (let count = 0; count < 11; count++) {
      one.send(COMMAND.playerChat, Buffer.from("buy"));
    }
    await room.sees("left");
    expect(room.of("left")[0]?.reason).toBe("flood");
    expect(link.count(COMMAND.playerChat)).toBeLessThanOrEqual(10);
    await playerIsWell();
  });

  it("for asking for savestates all the time", async () => {
    const { room, playerIsWell } = await openRoomWithPlayer();
    const one = await room.join({ nick: "one", spectate: true });
    const link = await room.host.linkOf("one");
    for (let count = 0; count < 11; count++) {
      one.send(COMMAND.requestSavestate);
    }
    await room.sees("left");
    expect(room.of("left")[0]?.reason).toBe("flood");
    expect(link.count(COMMAND.requestSavestate)).toBeLessThan(2);
    await playerIsWell();
  });

  it("for sending commands before it has a link", async () => {
    const room = await openRoom({ host: { ignoresLinks: true } });
    const one = room.client();
    await eventually("the gateway to ask for a link", () => room.host.asked.length === 1);
    one.sendRaw(Buffer.alloc(2000));
    await one.ended();
    await room.sees("empty");
  });

  it("when its protocol has pings and it never says anything", async () => {
    const room = await openRoom({ limits: { silentMs: 60 } });
    await room.join({ spectate: true });
    await room.sees("left");
    expect(room.of("left")[0]?.reason).toBe("silent");
  });

  it("not for silent watching when its protocol has no pings", async () => {
    const limits = { silentMs: 400, allSilentMs: 500 };
    const room = await openRoom({ limits });
    const player = await room.join({ nick: "player" });
    const speaking = setInterval(() => {
      player.send(COMMAND.ack);
    }, 10);
    const one = await room.join({ nick: "one", spectate: true, protocol: 5 });
    const joinedAtMs = room.clock.now();
    await eventually("time passes", () => room.clock.now() > joinedAtMs + 2 * limits.allSilentMs);
    clearInterval(speaking);
    expect(one.framesSeen).toBeGreaterThan(20);
    expect(room.of("left")).toEqual([]);
  });

  it("when all have been silent for long, also without pings", async () => {
    const room = await openRoom({ limits: { allSilentMs: 300 } });
    const joinedAtMs = room.clock.now();
    await room.join({ nick: "one", spectate: true, protocol: 5 });
    await room.join({ nick: "two", spectate: true, protocol: 5 });
    await room.sees("empty");
    expect(room.of("left").map(({ reason }) => reason)).toEqual(["silent", "silent"]);
    expect(room.clock.now() - joinedAtMs).toBeGreaterThanOrEqual(300);
  });
});

describe("a client that does not read", () => {
  const big = encodeCommand(COMMAND.settingAllowPausing, Buffer.alloc(1024 * 1024));

  it("never blocks its host, and is dropped in time, while the others play", async () => {
    const { room, playerIsWell } = await openRoomWithPlayer({ limits: { notReadingMs: 1500 } });
    const deaf = await room.join({ nick: "deaf", spectate: true });
    const link = await room.host.linkOf("deaf");
    deaf.stopReading();
    for (let count = 0; count < 24; count++) {
      link.sendRaw(big);
    }
    await eventually("the host to get rid of 24 MiB", () => link.socket?.writableLength === 0);
    await playerIsWell();
    await eventually("the client to be dropped", () => room.of("left").length === 1, 10_000);
    expect(room.of("left")[0]).toMatchObject({ reason: "not-reading", client: { nick: "deaf" } });
    await playerIsWell();
  });

  it("is dropped at once when too many bytes wait for it", async () => {
    const room = await openRoom({ limits: { unsentToClientBytes: 16 * 1024 * 1024 } });
    const deaf = await room.join({ nick: "deaf", spectate: true });
    const link = await room.host.linkOf("deaf");
    deaf.stopReading();
    for (let count = 0; count < 32 && !link.ended; count++) {
      link.sendRaw(big);
    }
    await room.sees("left");
    expect(room.of("left")[0]?.reason).toBe("not-reading");
  });

  it("gets everything in order when it only paused", async () => {
    const room = await openRoom({ host: { manualFrames: true } });
    const slow = await room.join({ nick: "slow", spectate: true });
    const link = await room.host.linkOf("slow");
    const before = slow.receivedBytes;
    slow.stopReading();
    for (let count = 0; count < 12; count++) {
      link.sendRaw(encodeCommand(COMMAND.settingAllowPausing, Buffer.alloc(1024 * 1024, count)));
    }
    await eventually("the host to get rid of 12 MiB", () => link.socket?.writableLength === 0);
    slow.startReading();
    await eventually("all of it", () => slow.receivedBytes === before + 12 * (8 + 1024 * 1024));
    const marks = slow.commands.slice(-12).map(({ payload }) => payload[1024 * 1024 - 1]);
    expect(marks).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });
});

describe("a host that does not read", () => {
  it("stops the gateway from reading that client, and gets everything later", async () => {
    const limits = { bytesPerSecond: 1e9, byteBurst: 1e9, commandsPerSecond: 1e9, commandBurst: 1e9 };
    const room = await openRoom({
      limits: { ...limits, unsentToHostBytes: 64 * 1024 },
      host: { manualFrames: true },
    });
    const one = await room.join({ nick: "one" });
    await eventually("the client to play", () => one.ports.length > 0);
    const link = await room.host.linkOf("one");
    link.socket?.pause();
    const command = encodeCommand(COMMAND.input, Buffer.alloc(52));
    const batch = Buffer.concat(Array.from({ length: 15_000 }, () => command));
    let batches = 0;
    // Sends until no more bytes are taken: the system's buffers are full, and the gateway does not read.
    const sendUntilStuck = async (): Promise<void> => {
      for (; batches < 60; batches++) {
        one.sendRaw(batch);
        await eventually("the batch to be taken", () => one.socket.writableLength === 0, 500);
      }
    };
    await expect(sendUntilStuck()).rejects.toThrow("the batch to be taken");
    link.socket?.resume();
    await eventually("all commands", () => link.count(COMMAND.input) === (batches + 1) * 15_000, 20_000);
    expect(room.of("left")).toEqual([]);
  });
});
