import { describe, expect, it } from "vitest";
import { DEFAULT_GATEWAY_LIMITS, type GatewayLimits } from "../../../../src/gateway/limits.ts";
import { SendQueue } from "../../../../src/gateway/net/send-queue.ts";
import { StandingClock } from "../../../helpers/netplay-clock.ts";

const KIB = 1024;

/** A connection whose peer reads only when the test says so. */
class SlowConnection {
  unsentBytes = 0;
  written = 0;
  ended: "finished" | "destroyed" | undefined;

  write(bytes: Uint8Array): void {
    this.written += bytes.length;
    this.unsentBytes += bytes.length;
  }

  finish(): void {
    this.ended = "finished";
  }

  destroy(): void {
    this.ended = "destroyed";
  }
}

function createSendQueue(limits: Partial<GatewayLimits> = {}): {
  connection: SlowConnection;
  clock: StandingClock;
  sendQueue: SendQueue;
  notReading: () => number;
  held: () => number;
} {
  const connection = new SlowConnection();
  const clock = new StandingClock();
  let count = 0;
  let held = 0;
  const sendQueue = new SendQueue({
    connection,
    clock,
    limits: { ...DEFAULT_GATEWAY_LIMITS, ...limits },
    onNotReading: () => {
      count++;
      sendQueue.close();
    },
    onHeld: (bytes) => {
      held = bytes;
    },
  });
  return { connection, clock, sendQueue, notReading: () => count, held: () => held };
}

describe("send queue", () => {
  it("passes bytes straight through while the connection takes them, without a timer", () => {
    const { connection, clock, sendQueue } = createSendQueue();
    for (let count = 0; count < 10; count++) {
      sendQueue.write(Buffer.alloc(64 * KIB));
      connection.unsentBytes = 0;
    }
    clock.pass(2_000);
    expect(connection.written).toBe(640 * KIB);
    expect(clock.pendingTimers).toBe(0);
  });

  it("keeps bytes back in order when the connection does not take them", () => {
    const { connection, sendQueue } = createSendQueue();
    for (let count = 0; count < 10; count++) {
      sendQueue.write(Buffer.alloc(32 * KIB));
    }
    expect(connection.written).toBe(64 * KIB);
    connection.unsentBytes = 0;
    sendQueue.drained();
    expect(connection.written).toBe(128 * KIB);
  });

  it("joins what comes in single bytes, so that its client is not given each by itself", () => {
    const { connection, sendQueue, held } = createSendQueue();
    sendQueue.write(Buffer.alloc(64 * KIB));
    const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, index) => index));
    bytes.forEach((_, index) => {
      sendQueue.write(bytes.subarray(index, index + 1));
    });
    expect(held()).toBeLessThan(64 * KIB + bytes.length + 8 * KIB);
    const given: Uint8Array[] = [];
    connection.write = (part) => given.push(part);
    connection.unsentBytes = 0;
    sendQueue.drained();
    expect(Buffer.concat(given)).toEqual(bytes);
    expect(given.length).toBeLessThan(50);
  });

  it("reports a client that takes nothing for ten seconds, once", () => {
    const { clock, sendQueue, notReading } = createSendQueue();
    sendQueue.write(Buffer.alloc(100));
    clock.pass(9_000);
    expect(notReading()).toBe(0);
    clock.pass(2_000);
    expect(notReading()).toBe(1);
    clock.pass(60_000);
    expect(notReading()).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it("does not report a client that takes some bytes now and then", () => {
    const { connection, clock, sendQueue, notReading } = createSendQueue();
    sendQueue.write(Buffer.alloc(60 * KIB));
    for (let count = 0; count < 20; count++) {
      clock.pass(8_000);
      connection.unsentBytes -= 1;
    }
    expect(notReading()).toBe(0);
  });

  it("does not take new bytes of the host for progress of the client", () => {
    const { clock, sendQueue, notReading } = createSendQueue();
    for (let second = 0; second < 12 && notReading() === 0; second++) {
      sendQueue.write(Buffer.alloc(720));
      clock.pass(1_000);
    }
    expect(notReading()).toBe(1);
  });

  it("reports a client at once for which too many bytes wait", () => {
    const { sendQueue, notReading } = createSendQueue({ unsentToClientBytes: 100 * KIB });
    sendQueue.write(Buffer.alloc(100 * KIB));
    expect(notReading()).toBe(0);
    sendQueue.write(Buffer.alloc(1));
    expect(notReading()).toBe(1);
  });

  it("delivers the bytes that wait before it closes the connection", () => {
    const { connection, clock, sendQueue } = createSendQueue();
    sendQueue.write(Buffer.alloc(64 * KIB));
    sendQueue.write(Buffer.alloc(10));
    sendQueue.finish(2_000);
    sendQueue.write(Buffer.alloc(10));
    expect(connection.ended).toBeUndefined();
    connection.unsentBytes = 0;
    sendQueue.drained();
    expect(connection.written).toBe(64 * KIB + 10);
    expect(connection.ended).toBe("finished");
    expect(clock.pendingTimers).toBe(0);
  });

  it("waits for that only until a deadline", () => {
    const { connection, clock, sendQueue } = createSendQueue();
    sendQueue.write(Buffer.alloc(64 * KIB));
    sendQueue.write(Buffer.alloc(10));
    sendQueue.finish(2_000);
    clock.pass(2_000);
    expect(connection.ended).toBe("destroyed");
    expect(clock.pendingTimers).toBe(0);
  });
});
