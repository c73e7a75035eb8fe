import { afterEach, describe, expect, it } from "vitest";
import { hashPassword } from "../../../src/netplay/password.ts";
import { COMMAND, encodeCommand, encodeInfo } from "../../../src/netplay/index.ts";
import { newSessionId } from "../../../src/shared/index.ts";
import { joining, TestNetplayPort, type TestNetplayPortOptions } from "../../helpers/netplay-port.ts";
import type { NetplayClient } from "../../helpers/netplay-client.ts";
import { eventually } from "../../helpers/eventually.ts";

const sessionId = newSessionId();
const open = { sessionId, locked: undefined };
const locked = { sessionId, locked: { password: "tulip", spectatePassword: "eyes" } };

const ports: TestNetplayPort[] = [];

async function openNetplayPort(options: TestNetplayPortOptions): Promise<TestNetplayPort> {
  const port = await TestNetplayPort.open(options);
  ports.push(port);
  return port;
}

afterEach(async () => {
  await Promise.all(ports.splice(0).map((port) => port.close()));
});

function commandsOf(client: NetplayClient): number[] {
  return client.commands.map(({ command }) => command);
}

describe("a persistent room", () => {
  it("gets its host when a client comes by its id, and the next one meets it there", async () => {
    const test = await openNetplayPort({ persistent: [open] });
    expect(test.hosts).toEqual([]);
    const one = await test.join({ nick: "one" }, sessionId);
    const two = await test.join({ nick: "two" }, sessionId);
    await eventually("both to play", () => one.ports.length > 0 && two.ports.length > 0);
    one.press(0x100);
    await eventually("a button on the other side", () => two.inputs.get(1) === 0x100);
    expect(test.hosts).toHaveLength(1);
    expect(one.hostHeader?.salt).toBe(0);
    expect(test.gateway.roster(sessionId).map(({ nick }) => nick)).toEqual(["one", "two"]);
  });

  it("starts no host for a POKE, nor for a client that sends only header and nickname", async () => {
    const test = await openNetplayPort({ persistent: [locked] });
    const poke = test.connect(Buffer.concat([joining(sessionId), Buffer.from("POKE")]));
    await poke.end();
    expect(poke.received.toString("latin1", 0, 4)).toBe("RANP");
    const shy = test.client({ until: "nick" }, sessionId);
    await eventually("the host's nickname", () => shy.hostNick !== undefined);
    expect(test.hosts).toEqual([]);
    expect(test.requests).toEqual([]);
  });

  it("tells its game once to a client that answers with the question, and starts no host", async () => {
    const test = await openNetplayPort({ persistent: [open] });
    const curious = test.client({ until: "nick" }, sessionId);
    await eventually("the question", () => commandsOf(curious).length === 1);
    curious.send(COMMAND.info);
    await eventually("the room's INFO", () => curious.hostInfo !== undefined);
    expect(curious.hostInfo).toEqual(curious.info());
    expect(curious.end).toBeUndefined();
    curious.send(COMMAND.info);
    await curious.ended();
    await test.logs("client got no room", { reason: "bad-info" });
    expect(test.requests).toEqual([]);
    expect(test.hosts).toEqual([]);
  });

  it("accepts a client that has answered with the question first", async () => {
    const test = await openNetplayPort({ persistent: [open] });
    const curious = test.client({ until: "nick" }, sessionId);
    await eventually("the question", () => commandsOf(curious).length === 1);
    const own = encodeCommand(COMMAND.info, encodeInfo(curious.info()));
    // Both at once: the room's answer, the host's INFO, and the same INFO again.
    curious.sendRaw(Buffer.concat([encodeCommand(COMMAND.info), own]));
    await eventually(
      "two INFOs",
      () => commandsOf(curious).filter((command) => command === COMMAND.info).length === 3,
    );
    curious.sendRaw(own);
    await eventually("SYNC", () => curious.sync !== undefined);
  });

  it("says FULL when its slots are taken, and DENY to an address that was kicked", async () => {
    const test = await openNetplayPort({ persistent: [open], maxClients: 1 });
    const one = await test.join({ nick: "one", localAddress: "127.0.0.2" }, sessionId);
    const two = test.client({}, sessionId);
    await two.ended();
    expect(two.hostHeader?.magic).toBe("FULL");
    test.gateway.kick(sessionId, "one");
    await one.ended();
    const again = test.client({ localAddress: "127.0.0.2" }, sessionId);
    await again.ended();
    expect(again.hostHeader?.magic).toBe("DENY");
    await test.join({ nick: "two" }, sessionId);
  });

  it("limits its handshakes to fewer than those of the whole port, and closes the oldest", async () => {
    const test = await openNetplayPort({ persistent: [open], limits: { halfOpenPerRoom: 2 } });
    const crowd = [];
    for (const nick of ["one", "two", "three"]) {
      const client = test.client({ nick, until: "nick" }, sessionId);
      await eventually(`${nick} to be asked`, () => client.hostNick !== undefined);
      crowd.push(client);
    }
    await crowd[0]?.ended();
    expect(crowd.map(({ end }) => end === undefined)).toEqual([false, true, true]);
    const elsewhere = test.client({ until: "nick" });
    await eventually("one without an id to be asked", () => elsewhere.hostNick !== undefined);
    expect(crowd[1]?.end).toBeUndefined();
  });

  it("closes with the port, also during handshakes", async () => {
    const test = await openNetplayPort({ persistent: [locked], until: new Promise(() => undefined) });
    const waiting = test.client({ password: "tulip" }, sessionId);
    const typing = test.client({ until: "nick" }, sessionId);
    await eventually("both to be there", () => test.requests.length === 1 && typing.hostNick !== undefined);
    await test.gateway.closeNetplayPort();
    await Promise.all([waiting.ended(), typing.ended()]);
  });
});

describe("a locked room", () => {
  it("asks with another salt each time, and a client with the password plays", async () => {
    const test = await openNetplayPort({ persistent: [locked] });
    const one = await test.join({ nick: "one", password: "tulip" }, sessionId);
    const two = await test.join({ nick: "two", password: "tulip" }, sessionId);
    await eventually("both to play", () => one.ports.length > 0 && two.ports.length > 0);
    const salts = [one.hostHeader?.salt, two.hostHeader?.salt];
    expect(salts).not.toContain(0);
    expect(salts[0]).not.toBe(salts[1]);
    // Only then was it asked what it has loaded. It did not get the host's own nickname.
    expect(commandsOf(one).slice(0, 3)).toEqual([COMMAND.info, COMMAND.info, COMMAND.sync]);
  });

  it("takes no hash that was made for another connection", async () => {
    const test = await openNetplayPort({ persistent: [locked] });
    const ann = test.client({ until: "nick" }, sessionId);
    const eve = test.client({ nick: "eve", until: "nick" }, sessionId);
    await eventually("both to be asked", () => ann.hostNick !== undefined && eve.hostNick !== undefined);
    const hash = encodeCommand(
      COMMAND.password,
      Buffer.from(hashPassword(ann.hostHeader?.salt ?? 0, "tulip")),
    );
    eve.sendRaw(hash);
    await eve.ended();
    await test.logs("client got no room", { nick: "eve", reason: "wrong-password" });
    ann.sendRaw(hash);
    await eventually("the question what she has loaded", () => ann.commands.length > 0);
  });

  it("closes on a wrong password and on none, and wakes no host", async () => {
    const test = await openNetplayPort({ persistent: [locked] });
    for (const password of ["tulips", "", "TULIP"]) {
      const eve = test.client({ nick: "eve", password }, sessionId);
      await eve.ended();
      expect(eve.commands).toEqual([]);
    }
    const lines = test.logged("client got no room");
    expect(lines.map(({ reason, room }) => [reason, room])).toEqual(
      Array.from({ length: 3 }, () => ["wrong-password", "Friday"]),
    );
    expect(test.hosts).toEqual([]);
    expect(test.events).toEqual([]);
    expect(JSON.stringify(test.lines)).not.toMatch(/tulip|eyes/i);
  });

  it("lets clients with the spectators' password watch: their PLAY is refused and does not reach the host, all else does", async () => {
    const test = await openNetplayPort({ persistent: [locked] });
    const player = await test.join({ nick: "player", password: "tulip" }, sessionId);
    await eventually("the player to play", () => player.ports.length > 0);
    const eyes = await test.join({ nick: "eyes", password: "eyes" }, sessionId);
    await eventually("MODE_REFUSED", () => eyes.refusals.length === 1);
    eyes.sendRaw(
      Buffer.concat([
        encodeCommand(COMMAND.pingRequest),
        encodeCommand(COMMAND.play, Buffer.alloc(4)),
        encodeCommand(COMMAND.play, Buffer.from("8024ffff", "hex")),
        encodeCommand(COMMAND.requestSavestate),
      ]),
    );
    await eventually("all answers", () => eyes.refusals.length === 3 && eyes.pongs === 1);
    const states = eyes.savestates.length;
    await eventually("a savestate", () => eyes.savestates.length > states || states > 1);
    const frames = eyes.framesSeen;
    await eventually("frames to watch", () => eyes.framesSeen > frames + 10);

    // MODE_REFUSED, 4 bytes: 1, "unprivileged".
    expect(eyes.refusals).toEqual([1, 1, 1]);
    const link = await test.hosts[0]?.linkOf("eyes");
    expect(link?.count(COMMAND.play)).toBe(0);
    expect(link?.count(COMMAND.requestSavestate)).toBe(1);
    expect(test.gateway.roster(sessionId).map(({ players }) => players)).toEqual([[1], []]);
    player.press(0x100);
    await eventually("the player's button", () => eyes.inputs.get(1) === 0x100);
  });

  it.each([1, 0] as const)(
    "puts its refusal between two commands of the host's (client with compression %i)",
    async (compression) => {
      const test = await openNetplayPort({ persistent: [locked], host: { manualFrames: true } });
      const eyes = await test.join(
        { nick: "eyes", password: "eyes", compression, spectate: true },
        sessionId,
      );
      await eventually("the first savestate", () => eyes.savestates.length === 1);
      const link = await test.hosts[0]?.linkOf("eyes");
      const chat = encodeCommand(COMMAND.playerChat, Buffer.alloc(40, "a"));
      // One command and a half, in one piece: when the client has the command, the gateway has the half.
      link?.sendRaw(Buffer.concat([encodeCommand(COMMAND.pingResponse), chat.subarray(0, 20)]));
      await eventually("the command before the half", () => eyes.pongs === 1);
      eyes.play();
      eyes.send(COMMAND.ack);
      await eventually("what was said behind PLAY", () => link?.count(COMMAND.ack) === 1);
      expect(eyes.refusals).toEqual([]);
      link?.sendRaw(chat.subarray(20));
      await eventually("MODE_REFUSED", () => eyes.refusals.length === 1);
      expect(eyes.commands.find(({ command }) => command === COMMAND.playerChat)?.payload).toEqual(
        Buffer.alloc(40, "a"),
      );
    },
  );

  it("does not tell its game without its password", async () => {
    const test = await openNetplayPort({ persistent: [locked] });
    const curious = test.client({ until: "nick" }, sessionId);
    await eventually("the host's nickname", () => curious.hostNick !== undefined);
    curious.send(COMMAND.info);
    await curious.ended();
    expect(curious.commands).toEqual([]);
    await test.logs("client got no room", { reason: "bad-password" });
  });

  it("refuses an address that has guessed too often, also with the right password, but no other address", async () => {
    const limits = { guessBurst: 3, guessesPerSecond: 0.001 };
    const test = await openNetplayPort({ persistent: [locked], limits });
    for (const password of ["a", "b", "c"]) {
      await test.client({ password }, sessionId).ended();
    }
    const late = test.client({ password: "tulip" }, sessionId);
    await late.ended();
    expect(late.hostHeader).toBeUndefined();
    await test.join({ password: "tulip", localAddress: "127.0.0.2" }, sessionId);
  });

  it("also counts guesses that begin at the same time", async () => {
    const limits = { guessBurst: 3, guessesPerSecond: 0.001 };
    const test = await openNetplayPort({ persistent: [locked], limits });
    const crowd = ["a", "b", "c", "tulip"].map(() => test.client({ until: "nick" }, sessionId));
    await eventually("all to be asked", () => crowd.every(({ hostNick }) => hostNick !== undefined));
    const [right] = crowd.splice(3);
    const wrong = encodeCommand(COMMAND.password, Buffer.alloc(64, "a"));
    for (const one of crowd) {
      one.sendRaw(wrong);
      await one.ended();
    }
    const salt = right?.hostHeader?.salt ?? 0;
    right?.sendRaw(encodeCommand(COMMAND.password, Buffer.from(hashPassword(salt, "tulip"))));
    await right?.ended();
    await test.logs("client got no room", { reason: "too-many-guesses" });
  });
});

describe("where passwords name rooms", () => {
  it("the password of a locked room opens that room, and another password names another room", async () => {
    const test = await openNetplayPort({ persistent: [locked], salt: 0x5a17ed00 });
    const ann = await test.join({ nick: "ann", password: "tulip" });
    const eyes = await test.join({ nick: "eyes", password: "eyes" });
    await test.join({ nick: "bob", password: "rose" });
    await test.join({ nick: "cyd" });
    await eventually("MODE_REFUSED", () => eyes.refusals.length === 1);
    await eventually("ann to play", () => ann.ports.length === 1);
    expect(test.gateway.roster(sessionId).map(({ nick }) => nick)).toEqual(["ann", "eyes"]);
    expect(test.hosts.map(({ links }) => links.map(({ nick }) => nick))).toEqual([
      ["ann", "eyes"],
      ["bob"],
      ["cyd"],
    ]);
  });

  it("an address that has tried too many passwords does not get into a locked room", async () => {
    const limits = { guessBurst: 2, guessesPerSecond: 0.001 };
    const test = await openNetplayPort({ persistent: [locked], salt: 0x5a17ed00, limits });
    for (const password of ["a", "b", "tulip"]) {
      await test.join({ nick: password, password });
    }
    expect(test.requests.map(({ passes }) => passes)).toEqual([[], [], []]);
  });
});
