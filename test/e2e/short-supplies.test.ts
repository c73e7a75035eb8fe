import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { connect, type Socket } from "node:net";
import path from "node:path";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeClientHeader, encodeNickCommand } from "../../src/netplay/index.ts";
import { afterAllTests, afterThisTest } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { LiveRoom } from "../helpers/live-room.ts";
import { Netplayd, runNetplayd } from "../helpers/netplayd.ts";
import { joinSmallClient } from "../helpers/players.ts";
import { openFiles } from "../helpers/process-facts.ts";
import { rallyRequest } from "../helpers/rally.ts";

// A server that runs out of memory, disk, processes or files, and its room with two stock players.

const OPEN_FILES = 320;

const cleanup = afterAllTests();
let room: LiveRoom;

beforeAll(async () => {
  const logTo = fullPipe(cleanup.folder());
  room = await LiveRoom.open(cleanup, { logTo, under: ["prlimit", `--nofile=${OPEN_FILES}`] });
});

/** A full pipe that is not read. */
function fullPipe(folder: string): number {
  const file = path.join(folder, "log");
  execFileSync("mkfifo", [file]);
  const fd = openSync(file, constants.O_RDWR | constants.O_NONBLOCK);
  cleanup.defer(() => {
    closeSync(fd);
  });
  try {
    for (;;) {
      writeSync(fd, "x".repeat(4096));
    }
  } catch {
    return fd;
  }
}

/** Connects, sends header and nickname, and resets the connection. */
function vanish(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(hello, () => {
        socket.resetAndDestroy();
      });
    });
    socket.on("error", () => undefined);
    socket.once("close", () => {
      resolve();
    });
  });
}

const hello = Buffer.concat([
  encodeClientHeader({
    platform: 0,
    compression: 1,
    highestProtocol: 6,
    lowestProtocol: 5,
    implementation: 0,
  }),
  encodeNickCommand("mallory"),
]);

// Other work on this machine may slow a game down for a moment. A fault that hurts players does so every time.
describe("two players keep 60 frames a second", { retry: 2 }, () => {
  it("while the server's log is not read, and strangers cause its lines", async () => {
    const { server, port } = room;
    const launcher = await server.launcher(afterThisTest());
    const attack = async (): Promise<void> => {
      for (let round = 0; round < 100; round++) {
        await Promise.all(Array.from({ length: 10 }, () => vanish(port)));
      }
      expect(await launcher.ask(rallyRequest({ core: "Nobody's" }))).toBe(0);
    };
    await room.keepsPace(attack());
  });

  it("while another program writes into the catalog and a game begins, which is counted afterwards", async () => {
    const { server } = room;
    const test = afterThisTest();
    const database = new Database(path.join(server.dataFolder, "catalog.sqlite"));
    test.defer(() => {
      database.close();
    });
    const plays = (): unknown => database.prepare("SELECT sum(count) FROM plays").pluck().get();
    await eventually("what was played before is counted", () => Number(plays()) > 0);
    const before = Number(plays());
    database.exec("BEGIN IMMEDIATE");
    const begin = async (): Promise<void> => {
      const client = await joinSmallClient(test, { port: await server.ask() });
      await client.close();
    };
    await room.keepsPace(begin(), 4_000);
    database.exec("COMMIT");
    await eventually("the play is counted", () => Number(plays()) > before);
  });

  it("while the server can open no further file, and afterwards a newcomer can join again", async () => {
    const { server } = room;
    const sockets: Socket[] = [];
    const test = afterThisTest();
    test.defer(() => {
      sockets.forEach((socket) => socket.destroy());
    });
    const attack = async (): Promise<void> => {
      for (let index = 0; index < 500; index++) {
        const localAddress = `127.0.3.${1 + (index % 40)}`;
        const socket = connect({ port: server.netplayPort, host: "127.0.0.1", localAddress });
        socket.on("error", () => undefined);
        sockets.push(socket);
      }
      await eventually("all are used", () => openFiles(server.pid) > OPEN_FILES - 5);
    };
    await room.keepsPace(attack());
    sockets.forEach((socket) => socket.destroy());
    await room.takesNewcomer();
  });
});

describe("a server", () => {
  it("whose log is not read ends as soon as any other", async () => {
    const { server } = room;
    for (const player of room.players) {
      await player.quit();
    }
    const startedMs = performance.now();
    server.signal("SIGTERM");
    expect(await server.exit()).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(4_000);
  });

  it("whose log's disk is full hosts, and ends with code 0", async () => {
    const test = afterThisTest();
    const logTo = openSync("/dev/full", "w");
    test.defer(() => {
      closeSync(logTo);
    });
    const server = await Netplayd.start(test, { logTo });
    expect(await server.ask()).toBeGreaterThan(0);
    expect(await server.stop()).toBe(0);
  });

  it("that may open too few files to start says how many it needs", async () => {
    const started = await runNetplayd(["serve"], { under: ["prlimit", "--nofile=64"] });
    expect(started).toMatchObject({ code: 1, stdout: "" });
    expect(started.stderr).toMatch(/^Only 64 files may be open at once, and netplayd needs 256 .*ulimit -n/);
  });
});
