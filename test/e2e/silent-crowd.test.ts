import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { afterThisTest } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { RawConnection } from "../helpers/netplay-room.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { joinSmallClient, startSmallClient } from "../helpers/players.ts";
import { residentMiB, socketsOf } from "../helpers/process-facts.ts";

const CROWD = 10_000;

/** How many silent connections the gateway keeps at once (src/gateway/limits.ts). */
const HALF_OPEN = 1_024;

const AT_ONCE = 100;

/** File descriptors of this process that the rest of the test needs. */
const SPARE_FILES = 500;

/** The player's connection, that player's link and the host's control connection. */
const ROOM_CONNECTIONS = 3;

/** A large heap would keep garbage for minutes, which looks like a leak. */
const SMALL_HEAP = "--max-old-space-size=96 --max-semi-space-size=2";

/** Memory that varies by itself: less than a kilobyte for each connection. */
const NOISE_MIB = 8;
const WAVES = 8;

/** How many connections this process may have open at once; Node has raised the limit to the maximum. */
function mostConnections(): number {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
  return soft === undefined ? CROWD : Number(soft) - SPARE_FILES;
}

/** Ten thousand silent connections, all at once if one process may have that many. */
async function sendCrowd(port: number): Promise<RawConnection[]> {
  const crowd: RawConnection[] = [];
  const most = mostConnections();
  const open = (): number => crowd.reduce((count, { ended }) => count + (ended ? 0 : 1), 0);
  while (crowd.length < CROWD) {
    await eventually("the gateway to let some go", () => open() < most);
    // A client that speaks runs in this process as well, and needs its turn.
    await new Promise(setImmediate);
    for (let left = Math.min(AT_ONCE, CROWD - crowd.length); left > 0; left--) {
      const address = `127.${1 + (crowd.length >> 14)}.${(crowd.length >> 7) & 127}.${1 + (crowd.length & 127)}`;
      crowd.push(new RawConnection(port, address));
    }
  }
  await eventually("the oldest to make room", () => open() <= HALF_OPEN, 20_000);
  return crowd;
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

describe("ten thousand connections that say nothing", () => {
  it("keep no player out, slow no game, and leave no memory in use", async (context) => {
    const test = afterThisTest(context);
    const server = await Netplayd.start(test, { under: ["env", `NODE_OPTIONS=${SMALL_HEAP}`] });
    const port = server.netplayPort;
    const ann = await joinSmallClient(test, { port, nick: "ann" });
    const onlyTheRoom = (): Promise<unknown> =>
      eventually(
        "the room's connections to be the only ones",
        () => socketsOf(server.pid).tcpConnections === ROOM_CONNECTIONS,
      );
    await onlyTheRoom();
    const files = openFiles(server.pid);
    const memory: number[] = [];
    for (let wave = 0; wave < WAVES; wave++) {
      const from = { frames: ann.framesSeen, atMs: performance.now() };
      const coming = sendCrowd(port);
      const bob = startSmallClient(test, { port, nick: "bob" });
      const crowd = await coming;
      test.defer(() => {
        crowd.forEach(({ socket }) => socket.destroy());
      });
      await eventually("bob is in", () => bob.sync !== undefined);
      const fps = ((ann.framesSeen - from.frames) * 1000) / (performance.now() - from.atMs);
      expect(fps).toBeGreaterThan(57);
      expect(crowd.every(({ received }) => received.length === 0)).toBe(true);
      crowd.forEach(({ socket }) => socket.destroy());
      await bob.close();
      await onlyTheRoom();
      // SQLite keeps the file of the thread that stored ann's play open, for the next one.
      await eventually("no file to be left open", () => openFiles(server.pid) <= files + 1);
      memory.push(residentMiB(server.pid).own);
    }
    // Garbage comes and goes. A leak raises the lowest memory use with every crowd.
    const least = (from: number): number => Math.min(...memory.slice(from, from + WAVES / 2));
    expect(least(WAVES / 2) - least(0)).toBeLessThan((NOISE_MIB * WAVES) / 2);
  });
});
