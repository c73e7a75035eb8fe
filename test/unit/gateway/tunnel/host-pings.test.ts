import { describe, expect, it } from "vitest";
import { HostPings } from "../../../../src/gateway/tunnel/host-pings.ts";
import { StandingClock } from "../../../helpers/netplay-clock.ts";

interface Watched {
  readonly life: HostPings;
  readonly clock: StandingClock;
  asked: number;
  silent: number;
}

/** A peer that is pinged every second, and may miss three pings. */
function watch(): Watched {
  const clock = new StandingClock();
  const life = new HostPings({
    clock,
    everyMs: 1_000,
    silentMs: 3_000,
    ask: () => watched.asked++,
    onSilent: () => watched.silent++,
  });
  const watched: Watched = { life, clock, asked: 0, silent: 0 };
  life.begin();
  return watched;
}

describe("a peer that is asked for signs of life", () => {
  it("is reported as silent, once, when as many pings as its limit are unanswered", () => {
    const watched = watch();
    watched.clock.pass(3_999);
    expect(watched).toMatchObject({ asked: 3, silent: 0 });
    watched.clock.pass(60_000);
    expect(watched).toMatchObject({ asked: 3, silent: 1 });
    expect(watched.clock.pendingTimers).toBe(0);
  });

  it("is not silent while it answers, even late", () => {
    const watched = watch();
    for (let round = 0; round < 10; round++) {
      watched.clock.pass(2_900);
      watched.life.heard();
    }
    expect(watched.silent).toBe(0);
  });

  it("is not silent after netplayd itself stood still for an hour", () => {
    let nowMs = 0;
    const due: (() => void)[] = [];
    const clock = {
      now: () => nowMs,
      date: () => new Date(nowMs),
      after: (_: number, callback: () => void) => {
        due.push(callback);
        return { cancel: () => undefined };
      },
    };
    let silent = 0;
    const parts = { everyMs: 1_000, silentMs: 3_000, ask: () => undefined, onSilent: () => silent++ };
    const life = new HostPings({ clock, ...parts });
    life.begin();
    for (let round = 0; round < 10; round++) {
      nowMs += 3_600_000;
      due.shift()?.();
      life.heard();
    }
    expect(silent).toBe(0);
  });

  it("is not pinged at rest, and earlier unanswered pings still count", () => {
    const watched = watch();
    watched.clock.pass(2_500);
    watched.life.rest();
    watched.clock.pass(60_000);
    expect(watched).toMatchObject({ asked: 2, silent: 0 });
    watched.life.begin();
    watched.clock.pass(2_000);
    expect(watched).toMatchObject({ asked: 3, silent: 1 });
  });

  it("is pinged once at a time, also after several starts", () => {
    const watched = watch();
    watched.life.begin();
    watched.clock.pass(1_000);
    expect(watched.asked).toBe(1);
  });
});
