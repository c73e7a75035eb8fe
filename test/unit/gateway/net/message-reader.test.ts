import { describe, expect, it } from "vitest";
import { MessageReader } from "../../../../src/gateway/net/message-reader.ts";
import { fail, ok, type Result } from "../../../../src/shared/index.ts";
import { ScriptedConnection } from "../../../helpers/netplay-connection.ts";
import { StandingClock } from "../../../helpers/netplay-clock.ts";

/** Messages of this test: a digit that says how many letters follow. */
function decodeWord(
  bytes: Buffer,
): Result<{ readonly message: string; readonly length: number }, "need-more" | "bad-nick"> {
  const [first = 0x30] = bytes;
  const count = first - 0x30;
  if (count < 0 || count > 9) {
    return fail("bad-nick");
  }
  return bytes.length <= count || bytes.length === 0
    ? fail("need-more")
    : ok({ message: bytes.toString("latin1", 1, count + 1), length: count + 1 });
}

function createReader(): { peer: ScriptedConnection; clock: StandingClock; reader: MessageReader } {
  const peer = new ScriptedConnection();
  const clock = new StandingClock();
  return { peer, clock, reader: new MessageReader(peer.connection, clock) };
}

describe("MessageReader", () => {
  it("gives one message after the other, also when all came at once or before it was asked", async () => {
    const { peer, reader } = createReader();
    peer.say(Buffer.from("3one3two5th"));
    expect(await reader.read(decodeWord)).toEqual(ok("one"));
    expect(await reader.read(decodeWord)).toEqual(ok("two"));
    const third = reader.read(decodeWord);
    peer.say(Buffer.from("ree!"));
    expect(await third).toEqual(ok("three"));
    expect(reader.release().toString()).toBe("!");
  });

  it("keeps what comes between two messages, however much it is, and hands it on", async () => {
    const { peer, reader } = createReader();
    const first = reader.read(decodeWord);
    peer.say(Buffer.from("3one"));
    peer.say(Buffer.alloc(2_000, "a"));
    expect(await first).toEqual(ok("one"));
    expect(reader.release()).toHaveLength(2_000);
  });

  it.each([
    [
      "the peer closes",
      "client-closed",
      (peer: ScriptedConnection): void => {
        peer.close();
      },
    ],
    [
      "it has cost too much",
      "over-budget",
      (peer: ScriptedConnection): void => {
        peer.exhaust();
      },
    ],
    [
      "its reader fails",
      "fault",
      (peer: ScriptedConnection): void => {
        peer.fault(new Error("bug"));
      },
    ],
    [
      "a message is none",
      "bad-nick",
      (peer: ScriptedConnection): void => {
        peer.say(Buffer.from("x"));
      },
    ],
    [
      "it says too much",
      "flood",
      (peer: ScriptedConnection): void => {
        peer.say(Buffer.alloc(1_025));
      },
    ],
  ])("ends each wait when %s", async (_, reason, happen) => {
    const { peer, clock, reader } = createReader();
    reader.expectBy(clock.now() + 1_000, "opening-timeout");
    const first = reader.until<never>(() => () => undefined);
    const waits = reason === "flood" ? first : reader.read(decodeWord);
    happen(peer);
    expect(await waits).toEqual(fail(reason));
    expect(await reader.read(decodeWord)).toEqual(fail(reason));
    expect(reader.hasEnded).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it("has one deadline, which moves", async () => {
    const { clock, reader } = createReader();
    reader.expectBy(clock.now() + 1_000, "opening-timeout");
    const wait = reader.read(decodeWord);
    clock.pass(900);
    reader.expectBy(clock.now() + 1_000, "answer-timeout");
    clock.pass(900);
    expect(reader.hasEnded).toBe(false);
    clock.pass(100);
    expect(await wait).toEqual(fail("answer-timeout"));
    reader.expectBy(clock.now() + 1_000, "opening-timeout");
    expect(clock.pendingTimers).toBe(0);
  });

  it("waits for something else while it keeps what is said, and gives up when the connection ends", async () => {
    const { peer, reader } = createReader();
    let gaveUp = 0;
    const begin = (done: (value: string) => void): (() => void) => {
      finish = done;
      return () => gaveUp++;
    };
    let finish: (value: string) => void = () => undefined;
    const first = reader.until<string>(begin);
    peer.say(Buffer.from("3one"));
    finish("done");
    expect(await first).toEqual(ok("done"));
    expect(await reader.read(decodeWord)).toEqual(ok("one"));
    const second = reader.until<string>(begin);
    reader.destroy("evicted");
    expect([await second, gaveUp, peer.destroyed]).toEqual([fail("evicted"), 1, true]);
    finish("too late");
    expect(await reader.until<string>(begin)).toEqual(fail("evicted"));
    expect(gaveUp).toBe(1);
  });

  it("settles one wait that another one has replaced when its own work is done", async () => {
    const { peer, reader } = createReader();
    let finish: (value: string) => void = () => undefined;
    const outer = reader.until<string>((done) => {
      finish = done;
      return () => undefined;
    });
    const inner = reader.read(decodeWord);
    finish("done");
    expect(await outer).toEqual(ok("done"));
    peer.say(Buffer.from("3one"));
    expect(await inner).toEqual(ok("one"));
  });

  it("charges the connection for the work between two waits", async () => {
    const { peer, clock, reader } = createReader();
    peer.say(Buffer.from("3one3two"));
    await reader.read(decodeWord);
    clock.pass(5);
    await reader.read(decodeWord);
    clock.pass(3);
    reader.release();
    expect(peer.work).toEqual([5, 3]);
  });

  it("ends the connection when the function that reads it throws", async () => {
    const { peer, reader } = createReader();
    const error = new Error("bug");
    reader.run(Promise.reject(error));
    const wait = reader.read(decodeWord);
    expect(await wait).toEqual(fail("fault"));
    expect(peer.faults).toEqual([error]);
  });
});
