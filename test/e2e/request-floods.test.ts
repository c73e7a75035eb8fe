import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { afterAllTests, afterThisTest, type Cleanup } from "../helpers/cleanup.ts";
import { encodeClientHeader, encodeNickCommand } from "../../src/netplay/index.ts";
import { eventually } from "../helpers/eventually.ts";
import { LiveRoom } from "../helpers/live-room.ts";
import { joinAs } from "../helpers/players.ts";
import { rallyRequest } from "../helpers/rally.ts";

// Two stock players play while attackers request sessions, or take client slots of their room.

const PER_SECOND = 50;
const REPEAT_MS = 500;
const LASTS_MS = 9_000;
const HONEST = 6;

const cleanup = afterAllTests();
let room: LiveRoom;

beforeAll(async () => {
  room = await LiveRoom.open(cleanup);
});

interface Flood {
  readonly address: (count: number) => string;
  /** How often each request is sent. */
  readonly copies: number;
}

/** Sends requests from these addresses in turn, each from a new port, for as long as the work takes. */
async function underFlood<T>(test: Cleanup, { address, copies }: Flood, work: Promise<T>): Promise<T> {
  let count = 0;
  const request = (): void => {
    const socket = createSocket("udp4");
    let sent = 0;
    const send = (): void => {
      socket.send(rallyRequest(), room.server.controlPort, "127.0.0.1", () => {
        if (++sent === copies) {
          socket.close();
        } else {
          setTimeout(send, REPEAT_MS);
        }
      });
    };
    socket.bind(0, address(count++), send);
  };
  const timer = setInterval(request, (1000 * copies) / PER_SECOND);
  test.defer(() => {
    clearInterval(timer);
  });
  return work.finally(() => {
    clearInterval(timer);
  });
}

/** Launchers with an address each, one after the other; resolves with the ports that they got. */
async function askHonestly(test: Cleanup): Promise<number[]> {
  const asked: Promise<number>[] = [];
  for (let count = 0; count < HONEST; count++) {
    await new Promise((resolve) => setTimeout(resolve, LASTS_MS / HONEST));
    const launcher = await room.server.launcher(test, `127.200.${count}.1`);
    asked.push(launcher.ask(rallyRequest()).catch(() => 0));
  }
  return Promise.all(asked);
}

const anybody = (count: number): string => `127.${1 + (count % 150)}.${count >> 8}.9`;

const floods: readonly (readonly [string, Flood])[] = [
  ["from another sender each, which may be forged", { address: anybody, copies: 1 }],
  ["from senders that repeat each request as launchers do", { address: anybody, copies: 2 }],
  ["from one address", { address: () => "127.180.0.1", copies: 1 }],
];

describe.each(floods)("fifty requests a second %s", (_, flood) => {
  it("keep no launcher from its session and no player out, and slow no game", async (context) => {
    const test = afterThisTest(context);
    const honest = underFlood(test, flood, askHonestly(test));
    await room.keepsPace(honest);
    const ports = await honest;
    expect(ports.filter((port) => port > 0)).toHaveLength(HONEST);
    const player = await joinAs(1, test, room.server, { port: ports.at(-1) ?? 0, nick: "honest" });
    await room.buttonsTravel();
    await player.quit();
  });
});

const handshake = Buffer.concat([
  encodeClientHeader({
    platform: 0x00040008,
    compression: 1,
    highestProtocol: 6,
    lowestProtocol: 5,
    implementation: 0x469,
  }),
  encodeNickCommand("mallory"),
]);

/** Says header and nickname from this address and nothing more, again and again until the test is over; tells how often it has lost a slot. */
function takeSlots(test: Cleanup, address: string): () => number {
  const { port } = room;
  let lost = 0;
  let isOver = false;
  let socket: Socket | undefined;
  const again = (): void => {
    const connection = connect({ port, localAddress: address });
    socket = connection;
    connection.on("error", () => undefined);
    let hadSlot = false;
    connection.once("data", (first: Buffer) => {
      hadSlot = first.toString("latin1", 0, 4) === "RANP";
    });
    connection.resume();
    connection.once("close", () => {
      lost += hadSlot ? 1 : 0;
      setTimeout(isOver ? () => undefined : again, 50);
    });
    connection.write(handshake);
  };
  again();
  test.defer(() => {
    isOver = true;
    socket?.destroy();
  });
  return () => lost;
}

describe("strangers who take all slots of a room with header and nickname alone", () => {
  it("keep no player out for long", async (context) => {
    const test = afterThisTest(context);
    const crowd = Array.from({ length: 8 }, (_, index) => takeSlots(test, `127.190.${index}.1`));
    const all = eventually("each to have given way", () => crowd.every((lost) => lost() > 0));
    await room.keepsPace(all.then(() => room.takesNewcomer()));
  });
});
