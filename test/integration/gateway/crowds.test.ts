import { randomBytes, randomInt } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { encodeNickCommand } from "../../../src/netplay/index.ts";
import { NetplayClient } from "../../helpers/netplay-client.ts";
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

describe("a silent crowd", () => {
  it("keeps no player out: one gets in through five hundred silent connections", async () => {
    const room = await openRoom();
    const crowd = Array.from({ length: 500 }, (_, index) =>
      room.connect(undefined, room.port, `127.0.${1 + (index % 50)}.1`),
    );
    await eventually("all but 64 to be closed", () => crowd.filter((raw) => !raw.ended).length <= 64);
    const player = await room.join({ nick: "player", localAddress: "127.0.1.1" });
    await eventually("five frames", () => player.framesSeen > 5);
    expect(room.types()).toEqual(["ready", "wake", "joined"]);
  });

  it("that comes after a player in the same moment does not push the player out before its first bytes are read", async () => {
    const room = await openRoom();
    const player = room.client({ nick: "player", localAddress: "127.0.1.1" });
    Array.from({ length: 500 }, (_, index) =>
      room.connect(undefined, room.port, `127.0.${2 + (index % 50)}.1`),
    );
    await eventually("SYNC", () => player.sync !== undefined || player.end !== undefined);
    expect(player.end).toBeUndefined();
  });

  it("from one address is limited to sixteen connections", async () => {
    const room = await openRoom();
    const crowd = Array.from({ length: 40 }, () => room.connect(undefined, room.port, "127.0.0.7"));
    await eventually("all but sixteen to be closed", () => crowd.filter((raw) => !raw.ended).length === 16);
    const other = room.connect(undefined, room.port, "127.0.0.8");
    await room.join({ localAddress: "127.0.0.7" });
    expect(other.ended).toBe(false);
  });
});

describe("a thousand random streams", () => {
  it("disturb no client, at the public port and at the tunnel's", async () => {
    const room = await openRoom({
      limits: { openingMs: 300, tunnelOpeningMs: 300, linkMs: 300, handshakeMs: 300 },
    });
    const player = await room.join({ nick: "player" });
    const header = player.header();
    const beginnings = [
      Buffer.alloc(0),
      Buffer.from("RANP"),
      Buffer.from("POKE"),
      Buffer.from("RATS"),
      Buffer.from("RATL"),
      header,
      Buffer.concat([header, encodeNickCommand("x")]),
    ];
    for (let batch = 0; batch < 20; batch++) {
      const streams = Array.from({ length: 50 }, (_, index) => {
        const beginning = beginnings[randomInt(beginnings.length)] ?? Buffer.alloc(0);
        const bytes = Buffer.concat([beginning, randomBytes(randomInt(300))]);
        const port = index % 5 === 0 ? room.tunnelPort : room.port;
        return room.connect(bytes, port, `127.0.${1 + index}.2`);
      });
      await Promise.all(streams.map((raw) => raw.end()));
    }
    const { framesSeen } = player;
    await eventually("five more frames for the player", () => player.framesSeen >= framesSeen + 5);
    await eventually("only the player to be in", () => room.gateway.roster(room.sessionId).length === 1);
    expect(player.end).toBeUndefined();
    expect(room.of("lost")).toEqual([]);
  });
});

describe("a room with changing visitors", () => {
  it("pairs every event, and asks each slot only once", async () => {
    const room = await openRoom({ maxClients: 6 });
    const hostUse = async (index: number): Promise<void> => {
      const client = new NetplayClient({
        port: room.port,
        core: "Fake Core",
        crc: 0xe2c443c4,
        nick: `visitor ${index}`,
        ...(index % 3 === 0 ? { until: "nick" as const } : {}),
      });
      await eventually(
        "something",
        () => client.framesSeen > index % 4 || client.end !== undefined || client.hostInfo !== undefined,
      );
      client.socket.destroy();
    };
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 10 }, (_, index) => hostUse(round * 10 + index)));
    }
    await eventually("the room to be empty", () => room.of("wake").length === room.of("empty").length);
    expect(room.of("joined").length).toBe(room.of("left").length);
    expect(room.gateway.roster(room.sessionId)).toEqual([]);
    room.gateway.setHostAsleep(room.sessionId, true);
    await eventually("no timer to be left", () => room.clock.pendingTimers === 0);
  });
});
