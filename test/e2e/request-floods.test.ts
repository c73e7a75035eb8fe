import { createSocket } from "node:dgram";
import { beforeAll, describe, expect, it } from "vitest";
import { afterAllTests, afterThisTest, type Cleanup } from "../helpers/cleanup.ts";
import { LiveRoom } from "../helpers/live-room.ts";
import { joinAs } from "../helpers/players.ts";
import { rallyRequest } from "../helpers/rally.ts";

// Two stock players play while attackers request sessions.

const PER_SECOND = 50;
const LASTS_MS = 9_000;
const HONEST = 6;

const cleanup = afterAllTests();
let room: LiveRoom;

beforeAll(async () => {
  room = await LiveRoom.open(cleanup);
});

/** Sends requests from these addresses in turn, each from a new port, for as long as the work takes. */
async function underFlood<T>(
  test: Cleanup,
  address: (count: number) => string,
  work: Promise<T>,
): Promise<T> {
  let count = 0;
  const send = (): void => {
    const socket = createSocket("udp4");
    socket.bind(0, address(count++), () => {
      socket.send(rallyRequest(), room.server.controlPort, "127.0.0.1", () => socket.close());
    });
  };
  const timer = setInterval(send, 1000 / PER_SECOND);
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

const floods: readonly (readonly [string, (count: number) => string])[] = [
  ["from another sender each, which may be forged", (count) => `127.${1 + (count % 150)}.${count >> 8}.9`],
  ["from one address", () => "127.180.0.1"],
];

describe.each(floods)("fifty requests a second %s", (_, address) => {
  it("keep no launcher from its session and no player out, and slow no game", async (context) => {
    const test = afterThisTest(context);
    const honest = underFlood(test, address, askHonestly(test));
    await room.keepsPace(honest);
    const ports = await honest;
    expect(ports.filter((port) => port > 0)).toHaveLength(HONEST);
    const player = await joinAs(1, test, room.server, { port: ports.at(-1) ?? 0, nick: "honest" });
    await room.buttonsTravel();
    await player.quit();
  });
});
