import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { RoomView } from "../../src/admin/index.ts";
import { afterAllTests, afterThisTest } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { joining } from "../helpers/netplay-port.ts";
import { Netplayd, runNetplayd } from "../helpers/netplayd.ts";
import {
  joinAs,
  joinSmallClient,
  startPlayer,
  startSmallClient,
  startTypingPlayer,
} from "../helpers/players.ts";
import { buttons, type RetroArchClient } from "../helpers/retroarch-client.ts";
import { padBits, rally } from "../helpers/rally.ts";

const everything = afterAllTests();

const server = await Netplayd.start(everything, {
  sessions: { idleSeconds: 2 },
  rooms: [
    { name: "Friday", core: "nestopia", game: rally.crcHex, keep: "always" },
    {
      name: "Club",
      core: "Nestopia",
      game: "rally",
      password: "tulip",
      spectatePassword: "eyes",
      maxClients: 3,
    },
    { name: "Keys", core: "Nestopia", game: "rally", password: "1507", spectatePassword: "4" },
    { name: "Soon", core: "Nestopia", game: "not scanned yet" },
  ],
});

async function roomNamed(name: string): Promise<RoomView> {
  const room = (await server.rooms()).find((each) => each.name === name);
  if (room === undefined) {
    throw new Error(`there is no room ${name}`);
  }
  return room;
}

function hostOf({ id }: RoomView, oldPid?: number): Promise<number> {
  return eventually("the room's host", async () => {
    const session = (await server.sessions()).find((each) => each.id === id && each.state === "standby");
    return session?.pid !== null && session?.pid !== oldPid && session?.pid;
  });
}

describe("persistent rooms", () => {
  it("are listed with their game, their state and the address to give away", async () => {
    await hostOf(await roomNamed("Friday"));
    const { stdout } = await server.run("rooms");
    const [, friday, club, , soon] = stdout.trim().split("\n");
    const { netplayPort } = server;
    expect(friday).toMatch(
      new RegExp(`^Friday +${rally.crcHex} +nestopia +no +always +asleep +0 of 8 +SERVER:${netplayPort}/`),
    );
    expect(club).toMatch(
      /^Club +rally +Nestopia +yes, one to watch too +on-demand +not started +0 of 3 +SERVER:/,
    );
    expect(soon).toMatch(/^Soon +not scanned yet +.* +cannot be hosted: unknown-game +/);
    expect((await server.logs("the room cannot be hosted", { room: "Soon" })).advice).toContain(
      "catalog scan",
    );
  });

  it("tell their game to a client that knows their id and password, and start no host for it", async () => {
    const [friday, club, soon] = await Promise.all(["Friday", "Club", "Soon"].map(roomNamed));
    const probe = async (room: RoomView | undefined, env: NodeJS.ProcessEnv = {}): Promise<string> => {
      const address = `127.0.0.1:${server.netplayPort}/${room?.id ?? ""}`;
      return (await runNetplayd(["probe", address, "--info"], { env: { ...process.env, ...env } })).stdout;
    };
    const { version } = await server.logs("core build tried", { core: "Nestopia" });
    const told = new RegExp(`^core nestopia, version ${String(version)}, CRC ${rally.crcHex}$`, "im");
    expect(await probe(friday)).toMatch(told);
    expect(await probe(club, { NETPLAYD_PASSWORD: "tulip" })).toMatch(told);
    expect(await probe(club)).toContain("it asks for a password first");
    expect(await probe(soon)).toContain("core Nestopia, version unknown, CRC unknown");
    expect(await roomNamed("Club")).toMatchObject({ state: "none" });
  });

  it("are joined by stock players: by an id that stays the same after a restart, and by quick join before other rooms", async () => {
    const test = afterThisTest();
    const { id } = await roomNamed("Friday");
    await server.stop();
    await server.serve();
    expect((await roomNamed("Friday")).id).toBe(id);
    const port = server.netplayPort;
    const ann = await startPlayer(test, server, { port, nick: "ann", session: id });
    await ann.joinedAs(1);
    await joinAs(2, test, server, { port, nick: "bob" });
    expect(await server.sessions()).toMatchObject([
      { id, room: "Friday", state: "playing", roster: [{ nick: "ann" }, { nick: "bob" }] },
    ]);
    expect((await server.run("sessions")).stdout).toContain("room Friday: rally (Nestopia)");
    expect(await roomNamed("Friday")).toMatchObject({ state: "playing", players: 2 });
  });

  it("that are always on outlive their host and sessions.idleSeconds", async () => {
    const test = afterThisTest();
    const friday = await roomNamed("Friday");
    const pid = await hostOf(friday);
    process.kill(pid, "SIGKILL");
    const next = await hostOf(friday, pid);
    const club = { port: server.netplayPort, preamble: joining((await roomNamed("Club")).id) };
    const ann = await joinSmallClient(test, { ...club, nick: "ann", password: "tulip" });
    await ann.close();
    // The club's host is ended after two idle seconds; the other one has been idle for longer by then.
    await eventually("the club to be reaped", async () => (await server.sessions()).length === 1);
    expect(await hostOf(friday)).toBe(next);
  });

  it("with passwords let players in by the first one, spectators by the second one, and refuse all others", async () => {
    const test = afterThisTest();
    const club = { port: server.netplayPort, preamble: joining((await roomNamed("Club")).id) };
    const eve = startSmallClient(test, { ...club, nick: "eve", password: "rose" });
    await eve.ended();
    expect(await server.logs("client got no room", { nick: "eve" })).toMatchObject({
      reason: "wrong-password",
      room: "Club",
    });
    const ann = await joinSmallClient(test, { ...club, nick: "ann", password: "tulip" });
    const eyes = await joinSmallClient(test, { ...club, nick: "eyes", password: "eyes" });
    await eventually("ann to play", () => ann.ports.join() === "1");
    await eventually("eyes to be refused", () => eyes.refusals.join() === "1");
    const seen = eyes.framesSeen;
    await eventually("eyes to watch a second", () => eyes.framesSeen > seen + 60);
    ann.press(1 << 8);
    await eventually(
      "eyes to see ann's button",
      () => eyes.inputs.get(ann.sync?.clientNumber ?? -1) === 1 << 8,
    );
    expect(await roomNamed("Club")).toMatchObject({ state: "playing", players: 1, spectators: 1 });
  });

  it("are joined by stock players, who type a password and read that they may not play with the spectators' one", async () => {
    const test = afterThisTest();
    const { id } = await roomNamed("Keys");
    const come = (nick: string, password: string): Promise<RetroArchClient> => {
      const { netplayPort: port, folder } = server;
      return startTypingPlayer(test, password, { port, folder, content: rally.file, nick, session: id });
    };
    const [ann, eyes, eve] = await Promise.all([come("ann", "1507"), come("eyes", "4"), come("eve", "1508")]);
    await ann.joinedAs(1);
    await eyes.sees("You do not have permission to play");
    await eve.sees("Incorrect password");
    expect(await roomNamed("Keys")).toMatchObject({ players: 1, spectators: 1 });
    await ann.hold(buttons.A);
    await eventually("eyes to see ann's button", async () => {
      return (await eyes.ram(rally.address.pads, 1))[0] === padBits.A;
    });
  });

  it("keep their passwords out of logs, command lines, answers and files", async () => {
    const told = [
      JSON.stringify(server.log),
      (await server.run("rooms", "--json")).stdout,
      (await server.run("sessions", "--json")).stdout,
      ...server.hosts().map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8")),
    ].join("\n");
    expect(told).toContain("Club");
    expect(told).not.toMatch(/tulip|rose/);
  });
});
