import { afterEach, describe, expect, it } from "vitest";
import { newSessionId } from "../../../src/shared/index.ts";
import { TestNetplayPort } from "../../helpers/netplay-port.ts";
import { eventually } from "../../helpers/eventually.ts";

const sessionId = newSessionId();
const PASSWORD = "7391";
const GUESSERS = 40;

const ports: TestNetplayPort[] = [];

async function closePorts(): Promise<void> {
  await Promise.all(ports.splice(0).map((port) => port.close()));
}

afterEach(closePorts);

async function openLockedRoom(): Promise<TestNetplayPort> {
  const locked = { password: PASSWORD, spectatePassword: null };
  const test = await TestNetplayPort.open({ persistent: [{ sessionId, locked }], maxClients: 30 });
  ports.push(test);
  return test;
}

/** Tries one password after the other from this address until it is stopped; counts those that were compared. */
async function guess(
  test: TestNetplayPort,
  localAddress: string,
  next: () => number | undefined,
): Promise<void> {
  for (let number = next(); number !== undefined; number = next()) {
    const password = String(number).padStart(4, "0");
    const client = test.client({ nick: "eve", password, localAddress }, sessionId);
    await client.ended(10_000);
  }
}

describe("forty addresses that guess a room's password", () => {
  it("get a few dozen passwords compared, while a player who knows it gets in at once", async () => {
    const test = await openLockedRoom();
    const friend = await test.join(
      { nick: "friend", password: PASSWORD, localAddress: "127.0.9.1" },
      sessionId,
    );
    let isOver = false;
    let number = 0;
    const next = (): number | undefined => (isOver ? undefined : number++);
    const guessing = Array.from({ length: GUESSERS }, (_, index) =>
      guess(test, `127.0.${10 + index}.1`, next),
    );
    const compared = (): number =>
      test.logged("client got no room").filter(({ reason }) => reason === "wrong-password").length;
    await eventually("the budget of all together to be used up", () => compared() >= 60);
    const beganMs = performance.now();
    const again = await test.join(
      { nick: "again", password: PASSWORD, localAddress: "127.0.9.1" },
      sessionId,
    );
    expect(performance.now() - beganMs).toBeLessThan(1_000);
    const newcomer = test.client({ nick: "ann", password: PASSWORD, localAddress: "127.0.8.1" }, sessionId);
    await eventually("ann to be in", () => newcomer.sync !== undefined || newcomer.end !== undefined, 7_000);
    expect(newcomer.sync).toBeDefined();
    const seconds = (performance.now() - beganMs) / 1000;
    isOver = true;
    expect(compared()).toBeLessThanOrEqual(60 + 3 + Math.ceil(seconds / 2));
    expect([friend.end, again.end]).toEqual([undefined, undefined]);
    await closePorts();
    await Promise.all(guessing);
  });
});
