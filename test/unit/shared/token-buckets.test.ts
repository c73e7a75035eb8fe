import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBuckets } from "../../../src/shared/token-buckets.ts";

describe("token buckets", () => {
  it("never grant a key more than the burst and the rate since then", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 });
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 50 }),
        (pauses, burst, perSecond) => {
          const buckets = new TokenBuckets({ perSecond, burst });
          let nowMs = 0;
          let granted = 0;
          for (const pause of pauses) {
            nowMs += pause;
            granted += buckets.take("key", nowMs) ? 1 : 0;
            expect(granted).toBeLessThanOrEqual(burst + (nowMs / 1000) * perSecond + 1e-6);
          }
        },
      ),
    );
  });

  it("grant everything to a key that keeps within its rate", () => {
    const buckets = new TokenBuckets({ perSecond: 4, burst: 1 });
    for (let count = 0; count < 100; count++) {
      expect(buckets.take("key", count * 250)).toBe(true);
    }
  });

  it("report what is left and what is used, without taking a token", () => {
    const buckets = new TokenBuckets({ perSecond: 0.5, burst: 2 });
    expect(buckets.has("a", 0)).toBe(true);
    expect(buckets.size).toBe(0);
    buckets.take("a", 0);
    buckets.take("a", 0);
    expect(buckets.used("a", 1_000)).toBe(1.5);
    expect(buckets.has("a", 1_999)).toBe(false);
    expect(buckets.has("b", 1_999)).toBe(true);
    expect(buckets.has("a", 2_000)).toBe(true);
  });

  it("forget the least recently used key when there are too many", () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 }, 2);
    expect(["a", "b", "a", "c"].map((key) => buckets.take(key, 0))).toEqual([true, true, false, true]);
    expect(buckets.take("a", 0)).toBe(false);
    expect(buckets.take("b", 0)).toBe(true);
    expect(buckets.size).toBe(2);
  });
});
