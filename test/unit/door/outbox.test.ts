import { describe, expect, it } from "vitest";
import { DEFAULT_DOOR_LIMITS, type DoorLimits } from "../../../src/door/limits.ts";
import { Outbox } from "../../../src/door/outbox.ts";
import { StandingClock } from "../../helpers/netplay-clock.ts";

const KIB = 1024;

/** A connection whose peer takes bytes only when the test says so. */
class SlowWire {
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

function createOutbox(limits: Partial<DoorLimits> = {}): {
  wire: SlowWire;
  clock: StandingClock;
  outbox: Outbox;
  notReading: () => number;
  held: () => number;
} {
  const wire = new SlowWire();
  const clock = new StandingClock();
  let count = 0;
  let held = 0;
  const outbox = new Outbox({
    wire,
    clock,
    limits: { ...DEFAULT_DOOR_LIMITS, ...limits },
    onNotReading: () => {
      count++;
      outbox.close();
    },
    onHeld: (bytes) => {
      held = bytes;
    },
  });
  return { wire, clock, outbox, notReading: () => count, held: () => held };
}

describe("Outbox", () => {
  it("passes bytes straight through while the connection takes them, and watches nothing then", () => {
    const { wire, clock, outbox } = createOutbox();
    for (let count = 0; count < 10; count++) {
      outbox.write(Buffer.alloc(64 * KIB));
      wire.unsentBytes = 0;
    }
    clock.pass(2_000);
    expect(wire.written).toBe(640 * KIB);
    expect(clock.pendingTimers).toBe(0);
  });

  it("keeps bytes back in order when the connection does not take them", () => {
    const { wire, outbox } = createOutbox();
    for (let count = 0; count < 10; count++) {
      outbox.write(Buffer.alloc(32 * KIB));
    }
    expect(wire.written).toBe(64 * KIB);
    wire.unsentBytes = 0;
    outbox.drained();
    expect(wire.written).toBe(128 * KIB);
  });

  it("reports a client that takes nothing for ten seconds, once", () => {
    const { clock, outbox, notReading } = createOutbox();
    outbox.write(Buffer.alloc(100));
    clock.pass(9_000);
    expect(notReading()).toBe(0);
    clock.pass(2_000);
    expect(notReading()).toBe(1);
    clock.pass(60_000);
    expect(notReading()).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it("bears with a client that takes something now and then", () => {
    const { wire, clock, outbox, notReading } = createOutbox();
    outbox.write(Buffer.alloc(60 * KIB));
    for (let count = 0; count < 20; count++) {
      clock.pass(8_000);
      wire.unsentBytes -= 1;
    }
    expect(notReading()).toBe(0);
  });

  it("is not fooled by what keeps coming from the host", () => {
    const { clock, outbox, notReading } = createOutbox();
    for (let second = 0; second < 12 && notReading() === 0; second++) {
      outbox.write(Buffer.alloc(720));
      clock.pass(1_000);
    }
    expect(notReading()).toBe(1);
  });

  it("reports a client for which too much waits at once", () => {
    const { outbox, notReading } = createOutbox({ unsentToClientBytes: 100 * KIB });
    outbox.write(Buffer.alloc(100 * KIB));
    expect(notReading()).toBe(0);
    outbox.write(Buffer.alloc(1));
    expect(notReading()).toBe(1);
  });

  it("delivers what waits before it closes the connection", () => {
    const { wire, clock, outbox } = createOutbox();
    outbox.write(Buffer.alloc(64 * KIB));
    outbox.write(Buffer.alloc(10));
    outbox.finish(2_000);
    outbox.write(Buffer.alloc(10));
    expect(wire.ended).toBeUndefined();
    wire.unsentBytes = 0;
    outbox.drained();
    expect(wire.written).toBe(64 * KIB + 10);
    expect(wire.ended).toBe("finished");
    expect(clock.pendingTimers).toBe(0);
  });

  it("waits for that only so long", () => {
    const { wire, clock, outbox } = createOutbox();
    outbox.write(Buffer.alloc(64 * KIB));
    outbox.write(Buffer.alloc(10));
    outbox.finish(2_000);
    clock.pass(2_000);
    expect(wire.ended).toBe("destroyed");
    expect(clock.pendingTimers).toBe(0);
  });
});
