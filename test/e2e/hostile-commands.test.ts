import { beforeAll, describe, expect, it } from "vitest";
import { COMMAND, encodeCommand } from "../../src/netplay/index.ts";
import { afterAllTests, afterThisTest } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { LiveRoom } from "../helpers/live-room.ts";
import { joinSmallClient } from "../helpers/players.ts";
import { measurePace } from "../helpers/rally.ts";

// Two stock players, a free third pad, and clients with commands that freeze or slow a RetroArch host.

const ATTACK_MS = 8_000;

const cleanup = afterAllTests();
let room: LiveRoom;

beforeAll(async () => {
  room = await LiveRoom.open(cleanup, { core: { players: 3 }, sessions: { maxClients: 8 } });
});

// Other work on this machine may slow a game down for a moment. An attack that hurts players does so every time.
describe("two players play on, and a third gets in,", { retry: 2 }, () => {
  it("when five spectators ask for a savestate ten times a second: each gets one, and at most two a second", async () => {
    const test = afterThisTest();
    const crowd = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        joinSmallClient(test, {
          port: room.port,
          nick: `asker ${index}`,
          spectate: true,
          localAddress: `127.0.1.${index}`,
        }),
      ),
    );
    const states = (): number[] => crowd.map((asker) => asker.savestates.length);
    await eventually("all have the state of the last who came", () => states().every((count) => count > 0));
    const before = states();
    const beganAtMs = performance.now();
    const attack = async (): Promise<void> => {
      for (let round = 0; round < 10; round++) {
        await eventually("it is time", () => performance.now() - beganAtMs >= round * 100);
        crowd.forEach((asker) => {
          asker.send(COMMAND.requestSavestate);
        });
      }
      const asked = states();
      await eventually("a state for each", () =>
        states().every((count, index) => count > (asked[index] ?? 0)),
      );
    };
    await room.keepsPace(attack());
    const seconds = (performance.now() - beganAtMs) / 1000;
    states().forEach((count, index) => {
      expect(count - (before[index] ?? 0)).toBeLessThanOrEqual(1 + 2 * seconds);
    });
    await room.buttonsTravel();
    expect(crowd.map(({ end }) => end)).toEqual(crowd.map(() => undefined));
  });

  it("when spectators send PAUSE and RESUME: they stay in the room like stock ones of RetroArch 1.9", async () => {
    const test = afterThisTest();
    const { port } = room;
    const newer = await joinSmallClient(test, { port, nick: "newer", spectate: true });
    const older = await joinSmallClient(test, { port, nick: "older", spectate: true, protocol: 5 });
    newer.send(COMMAND.resume);
    older.send(COMMAND.pause, Buffer.alloc(32));
    older.send(COMMAND.resume);
    await room.keepsPace();
    await room.buttonsTravel();
    await room.takesNewcomer();
    expect([newer.end, older.end]).toEqual([undefined, undefined]);
  });

  it("when a spectator hides eight requests for a savestate inside an ACK", async () => {
    const spectator = await joinSmallClient(afterThisTest(), {
      port: room.port,
      nick: "ack",
      spectate: true,
    });
    const before = spectator.savestates.length;
    const hidden = Buffer.concat(Array.from({ length: 8 }, () => encodeCommand(COMMAND.requestSavestate)));
    spectator.send(COMMAND.ack, hidden);
    await room.server.logs("client left", { nick: "ack", reason: "oversize", command: "ack" }, 2_000);
    await spectator.ended();
    await room.keepsPace();
    expect(spectator.savestates.length - before).toBeLessThan(3);
  });

  it("when a client takes the free pad, gives it back and leaves in the same moment, with any last commands", async () => {
    const test = afterThisTest();
    const spectate = encodeCommand(COMMAND.spectate);
    for (const farewell of [
      [],
      [spectate],
      [encodeCommand(COMMAND.play, Buffer.alloc(4)), spectate],
      [encodeCommand(COMMAND.nak)],
      [encodeCommand(COMMAND.disconnect)],
      [encodeCommand(COMMAND.input, Buffer.alloc(12))],
    ]) {
      const mayfly = await joinSmallClient(test, { port: room.port, nick: "mayfly", spectate: true });
      mayfly.play();
      await eventually("the pad", () => mayfly.ports.length > 0);
      mayfly.sendRaw(Buffer.concat([spectate, ...farewell]));
      mayfly.socket.end();
      await mayfly.ended();
    }
    await room.keepsPace();
    await room.buttonsTravel();
    await room.takesNewcomer();
  });
});

it("when a player takes the free pad, sends no input and comes back: soon that player may only watch", async () => {
  const test = afterThisTest();
  const attack = async (): Promise<number> => {
    const endsAt = performance.now() + ATTACK_MS;
    let refusals = 0;
    while (performance.now() < endsAt) {
      const staller = await joinSmallClient(test, {
        port: room.port,
        nick: "staller",
        localAddress: "127.0.0.9",
        withoutInput: true,
      });
      await eventually(
        "its attempt is over",
        () => staller.end !== undefined || staller.refusals.length > 0 || performance.now() > endsAt,
        ATTACK_MS,
      );
      refusals += staller.refusals.length;
      staller.socket.destroy();
      await eventually("it is gone", async () => {
        const session = await room.server.session(room.port);
        return session?.roster.every(({ nick }) => nick !== "staller");
      });
    }
    return refusals;
  };
  const attacking = attack();
  const paces = await Promise.all(room.players.map((player) => measurePace(player, attacking)));
  expect(await attacking).toBeGreaterThan(0);
  await room.server.logs("client left", { nick: "staller", reason: "stalling" }, 1_000);
  // After one standstill of three seconds the address may only watch.
  for (const { fps } of paces) {
    expect((60 - fps) * (ATTACK_MS / 60)).toBeLessThan(3_800);
  }
  await room.keepsPace();
  await room.buttonsTravel();
});
