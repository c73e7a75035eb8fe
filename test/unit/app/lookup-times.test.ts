import { describe, expect, it } from "vitest";
import { createLookupTimes } from "../../../src/app/lookup-times.ts";

function createFixture() {
  let nowMs = 0;
  const { time, summary } = createLookupTimes({ now: () => nowMs });
  const take = (ms: number): string =>
    time(() => {
      nowMs += ms;
      return "found";
    });
  return { take, summary };
}

describe("lookup times", () => {
  it("are unknown before the first lookup", () => {
    expect(createFixture().summary()).toEqual({ count: 0, medianUs: null, p99Us: null });
  });

  it("do not change the lookup's answer", () => {
    expect(createFixture().take(1)).toBe("found");
  });

  it("are the median and the 99th percentile, in microseconds", () => {
    const { take, summary } = createFixture();
    for (let us = 100; us > 0; us--) {
      take(us / 1000);
    }
    expect(summary()).toEqual({ count: 100, medianUs: 51, p99Us: 100 });
  });

  it("are those of the last ten thousand lookups, and all are counted", () => {
    const { take, summary } = createFixture();
    for (let index = 0; index < 5000; index++) {
      take(1);
    }
    for (let index = 0; index < 10_000; index++) {
      take(0.002);
    }
    expect(summary()).toEqual({ count: 15_000, medianUs: 2, p99Us: 2 });
  });
});
