import { afterEach, describe, expect, it } from "vitest";
import { TestRoom, type RawConnection, type TestRoomOptions } from "../../helpers/netplay-room.ts";
import { joining, TestNetplayPort } from "../../helpers/netplay-port.ts";
import { eventually } from "../../helpers/eventually.ts";
import { encodeNickCommand } from "../../../src/netplay/index.ts";
import { NetplayClient } from "../../helpers/netplay-client.ts";

const open: { close(): Promise<void> }[] = [];

async function openRoom(options?: TestRoomOptions): Promise<TestRoom> {
  const room = await TestRoom.open(options);
  open.push(room);
  return room;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

/** Connections that send only header and nickname, one from each address. */
function sayNickname(room: TestRoom, addresses: readonly string[]): RawConnection[] {
  const header = new NetplayClient({ port: room.port, core: "x", crc: 0, until: "header" });
  header.socket.destroy();
  const bytes = Buffer.concat([header.header(), encodeNickCommand("mallory")]);
  return addresses.map((address) => room.connect(bytes, room.port, address));
}

describe("one address", () => {
  it("gets no more than its share of a room, and players from elsewhere get in", async () => {
    const room = await openRoom({ maxClients: 8 });
    for (let count = 0; count < 6; count++) {
      await room.join({ nick: `m${count}`, localAddress: "127.0.0.7" });
    }
    const seventh = room.client({ localAddress: "127.0.0.7" });
    await seventh.ended();
    expect(seventh.hostHeader?.magic).toBe("FULL");
    await room.join({ nick: "ann", localAddress: "127.0.0.8" });
    await room.join({ nick: "bob", localAddress: "127.0.0.9" });
  });

  it("gets no more than its share of a relayed room", async () => {
    const test = await TestNetplayPort.open({ relay: { maxClients: 4 }, limits: { clientsPerAddress: 2 } });
    open.push(test);
    const { id } = await test.relayedHost();
    await test.join({ nick: "one" }, id);
    await test.join({ nick: "two" }, id);
    const third = test.connect(Buffer.concat([joining(id), Buffer.from("POKE")]));
    await third.end();
    expect(third.received.toString("latin1", 0, 4)).toBe("FULL");
    await test.join({ nick: "elsewhere", localAddress: "127.0.0.8" }, id);
  });
});

describe("header and nickname alone", () => {
  const limits = { onTheWayMs: 200 };
  const crowd = Array.from({ length: 8 }, (_, index) => `127.0.3.${1 + index}`);

  it("keep no slot of a full room when a player wants it", async () => {
    const room = await openRoom({ maxClients: 8, limits });
    const held = sayNickname(room, crowd);
    await eventually("all to have a slot", () => held.every(({ received }) => received.length > 24));
    await eventually("one of them to give way", () => room.gateway.hasSlotFor(room.sessionId, "127.0.0.8"));
    await room.join({ nick: "ann", localAddress: "127.0.0.8" });
    expect(held.filter(({ ended }) => ended)).toHaveLength(1);
  });

  it("give way at once to an address whose handshakes did not fail", async () => {
    const room = await openRoom({ maxClients: 2, limits: { onTheWayMs: 60_000 } });
    const addresses = ["127.0.3.1", "127.0.3.2"];
    for (const raw of sayNickname(room, addresses)) {
      await eventually("a header", () => raw.received.length >= 24);
      raw.socket.destroy();
    }
    await room.sees("empty", 1);
    const held = sayNickname(room, addresses);
    await eventually("both to have a slot", () => held.every(({ received }) => received.length > 24));
    expect(room.gateway.hasSlotFor(room.sessionId, "127.0.3.9")).toBe(false);
    await room.join({ nick: "ann", localAddress: "127.0.0.8" });
    expect(held.filter(({ ended }) => ended)).toHaveLength(1);
  });

  it("take no slot from a client in the game", async () => {
    const room = await openRoom({ maxClients: 2, limits: { onTheWayMs: 0 } });
    const ann = await room.join({ nick: "ann", localAddress: "127.0.0.8" });
    const bob = await room.join({ nick: "bob", localAddress: "127.0.0.9" });
    const late = sayNickname(room, crowd);
    await Promise.all(late.map((raw) => raw.end()));
    expect(late.every(({ received }) => received.toString("latin1", 0, 4) === "FULL")).toBe(true);
    expect([ann.end, bob.end]).toEqual([undefined, undefined]);
  });

  it("sent too often wake no host any more for that address, while others get in", async () => {
    const room = await openRoom({ limits: { failedHandshakeBurst: 5, failedHandshakesPerSecond: 0.01 } });
    for (let count = 0; count < 5; count++) {
      const [raw] = sayNickname(room, ["127.0.3.1"]);
      await eventually("the host to be woken", () => room.of("wake").length === count + 1);
      await eventually("a header", () => (raw?.received.length ?? 0) >= 24);
      raw?.socket.destroy();
      await room.sees("empty", count + 1);
    }
    const [sixth] = sayNickname(room, ["127.0.3.1"]);
    await sixth?.end();
    expect(sixth?.received.toString("latin1", 0, 4)).toBe("FULL");
    expect(room.of("wake")).toHaveLength(5);
    await room.join({ nick: "ann", localAddress: "127.0.0.8" });
  });
});
