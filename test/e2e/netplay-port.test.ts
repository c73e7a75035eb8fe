import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { SessionView } from "../../src/admin/index.ts";
import { afterAllTests, afterThisTest, type Cleanup } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { joinAs, joinSmallClient, startPlayer } from "../helpers/players.ts";
import { rally } from "../helpers/rally.ts";

const cleanup = afterAllTests();
let server: Netplayd;

beforeAll(async () => {
  server = await Netplayd.start(cleanup, { sessions: { idleSeconds: 2 } });
});

/** The demo game with one byte changed: a game that runs, of another CRC. */
function anotherGame(change: number): string {
  const bytes = readFileSync(rally.file);
  const title = bytes.indexOf("RALLY");
  bytes.writeUInt8(bytes.readUInt8(title) ^ change, title);
  const file = path.join(server.folder, `another-${change}.nes`);
  writeFileSync(file, bytes);
  return file;
}

async function noGameIsHosted(): Promise<void> {
  await eventually("no session is left", async () => (await server.sessions()).length === 0, 20_000);
}

async function roomOf(nick: string): Promise<SessionView> {
  return eventually(`a room with ${nick}`, async () =>
    (await server.sessions()).find(({ roster }) => roster.some((entry) => entry.nick === nick)),
  );
}

describe("two stock players who know an address and a port", () => {
  it("meet in one room of the game that they have, without a request", async () => {
    const test = afterThisTest();
    const port = server.netplayPort;
    const ann = await joinAs(1, test, server, { port, nick: "ann" });
    const bob = await joinAs(2, test, server, { port, nick: "bob" });
    expect(await server.sessions()).toMatchObject([
      { kind: "hosted", port: null, crc: rally.crcHex, roster: [{ nick: "ann" }, { nick: "bob" }] },
    ]);
    await Promise.all([ann.quit(), bob.quit()]);
    await noGameIsHosted();
  });

  it("meet also when they come at the same moment", async () => {
    const test = afterThisTest();
    const port = server.netplayPort;
    const players = ["ann", "bob", "cyd"].map((nick) => joinSmallClient(test, { port, nick }));
    await Promise.all(players);
    expect((await server.sessions()).map(({ roster }) => roster.length)).toEqual([3]);
    (await Promise.all(players)).forEach(({ socket }) => socket.destroy());
    await noGameIsHosted();
  });

  it("get a room each when they have different games", async () => {
    const test = afterThisTest();
    const port = server.netplayPort;
    const content = anotherGame(1);
    expect(await server.run("catalog", "add", content)).toMatchObject({ code: 0 });
    await joinSmallClient(test, { port, nick: "ann" });
    const bob = await startPlayer(test, server, { port, nick: "bob", content });
    await bob.joinedAs(1);
    expect(await server.sessions()).toHaveLength(2);
    expect((await roomOf("bob")).crc).not.toBe(rally.crcHex);
  });
});

describe("a stock player", () => {
  it("joins a session by its id", async () => {
    const test = afterThisTest();
    const requested = await server.ask();
    const id = (await server.session(requested))?.id ?? "";
    const ann = await startPlayer(test, server, { port: server.netplayPort, nick: "ann", session: id });
    await ann.joinedAs(1);
    expect((await server.session(requested))?.roster).toMatchObject([{ nick: "ann" }]);
  });

  it("with a game that is not hosted here reads that the CRCs differ, and no session is opened", async () => {
    const test = afterThisTest();
    await noGameIsHosted();
    const content = anotherGame(2);
    const eve = await startPlayer(test, server, { port: server.netplayPort, nick: "eve", content });
    await server.logs("client got no room", { nick: "eve", reason: "unknown-game", core: "Nestopia" });
    await eve.sees("Content CRC32s differ");
    expect(await server.sessions()).toEqual([]);
  });

  it("hosts through the relay, another player joins by the room's id, and no room is left at the end", async () => {
    const test = afterThisTest();
    const port = server.netplayPort;
    const ann = await startPlayer(test, server, { port, nick: "ann", hosts: true });
    const room = await eventually("a relayed room", async () =>
      (await server.sessions()).find(({ kind }) => kind === "relayed"),
    );
    const bob = await startPlayer(test, server, { port, nick: "bob", session: room.id });
    await bob.joinedAs(2);
    expect(await server.sessions()).toMatchObject([
      { id: room.id, core: "Nestopia", crc: rally.crcHex, roster: [{ nick: "bob", players: [2] }] },
    ]);
    await ann.quit();
    await eventually("the room is gone", async () => (await server.sessions()).length === 0);
    await bob.sees("Netplay disconnected");
  });
});

describe("rooms named by passwords", () => {
  it("are one for each password, and the public room without a password", async () => {
    const test = afterThisTest();
    const named = await Netplayd.start(test, { netplay: { rooms: "password" } });
    const port = named.netplayPort;
    await joinSmallClient(test, { port, nick: "ann", password: "tulip" });
    await joinSmallClient(test, { port, nick: "bob", password: "tulip" });
    await joinSmallClient(test, { port, nick: "cyd" });
    await joinSmallClient(test, { port, nick: "eve", password: "tulips" });
    const rosters = (await named.sessions()).map(({ roster }) => roster.map(({ nick }) => nick));
    expect(rosters).toEqual([["ann", "bob"], ["cyd"], ["eve"]]);
  });
});

describe("quick join", () => {
  /** How long two players, one after the other, need to join: the first one finds no host, the second one does. */
  async function timedJoins(test: Cleanup, findPort: () => Promise<number>): Promise<[number, number]> {
    for (const { id } of await server.sessions()) {
      await server.run("sessions", "stop", id);
    }
    await noGameIsHosted();
    const times: number[] = [];
    const startedAtMs = performance.now();
    const port = await findPort();
    const ann = await joinSmallClient(test, { port, nick: "ann" });
    times.push(performance.now() - startedAtMs);
    const nextAtMs = performance.now();
    const bob = await joinSmallClient(test, { port, nick: "bob" });
    times.push(performance.now() - nextAtMs);
    await Promise.all([ann.close(), bob.close()]);
    return [times[0] ?? 0, times[1] ?? 0];
  }

  it("takes no longer than a request and a join by port, whether the game's host runs already or not", async () => {
    const test = afterThisTest();
    const quick: [number, number][] = [];
    const asked: [number, number][] = [];
    for (let round = 0; round < 3; round++) {
      quick.push(await timedJoins(test, () => Promise.resolve(server.netplayPort)));
      asked.push(await timedJoins(test, () => server.ask()));
    }
    const best = (times: [number, number][], of: 0 | 1): number => Math.min(...times.map((pair) => pair[of]));
    // One message more each way, and up to three of the host's frames.
    expect(best(quick, 0)).toBeLessThan(best(asked, 0) + 100);
    expect(best(quick, 1)).toBeLessThan(best(asked, 1) + 100);
  });
});
