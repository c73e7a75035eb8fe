import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../../src/shared/token-bucket.ts";

describe("TokenBucket", () => {
  it("lets a burst through, then no more than its rate", () => {
    const bucket = new TokenBucket(2, 5, 0);
    expect(Array.from({ length: 6 }, () => bucket.take(1, 0))).toEqual([true, true, true, true, true, false]);
    expect(bucket.take(1, 499)).toBe(false);
    expect(bucket.take(1, 500)).toBe(true);
    expect(bucket.take(1, 500)).toBe(false);
  });

  it("does not save up more than a burst", () => {
    const bucket = new TokenBucket(100, 5, 0);
    expect(bucket.take(6, 1e9)).toBe(false);
    expect(bucket.take(5, 1e9)).toBe(true);
  });

  it("never lets more through than burst plus rate times time", () => {
    const takes = fc.array(fc.record({ waitMs: fc.nat(500), count: fc.integer({ min: 1, max: 20 }) }));
    fc.assert(
      fc.property(takes, (list) => {
        const bucket = new TokenBucket(10, 30, 0);
        let nowMs = 0;
        let taken = 0;
        for (const { waitMs, count } of list) {
          nowMs += waitMs;
          taken += bucket.take(count, nowMs) ? count : 0;
        }
        expect(taken).toBeLessThanOrEqual(30 + (nowMs * 10) / 1000 + 1e-6);
      }),
    );
  });
});
