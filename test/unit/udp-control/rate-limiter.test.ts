import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRateLimiter } from "../../../src/udp-control/rate-limiter.ts";
import { createManualClock } from "../../helpers/manual-clock.ts";

describe("a rate limiter", () => {
  it("never grants more than the burst and what has flowed in since", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 });
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 50 }),
        (pauses, burst, perSecond) => {
          const clock = createManualClock();
          const limiter = createRateLimiter(clock, { perSecond, burst });
          let granted = 0;
          for (const pause of pauses) {
            clock.advance(pause);
            granted += limiter.take("source") ? 1 : 0;
            expect(granted).toBeLessThanOrEqual(burst + (clock.now() / 1000) * perSecond + 1e-6);
          }
        },
      ),
    );
  });

  it("grants everything to a source that keeps within its rate", () => {
    const clock = createManualClock();
    const limiter = createRateLimiter(clock, { perSecond: 4, burst: 1 });
    for (let count = 0; count < 100; count++) {
      expect(limiter.take("source")).toBe(true);
      clock.advance(250);
    }
  });

  it("forgets the source that was longest unseen when there are too many", () => {
    const limiter = createRateLimiter(createManualClock(), { perSecond: 1, burst: 1 }, 2);
    expect(["a", "b", "a", "c"].map((source) => limiter.take(source))).toEqual([true, true, false, true]);
    expect(limiter.take("a")).toBe(false);
    expect(limiter.take("b")).toBe(true);
  });
});
