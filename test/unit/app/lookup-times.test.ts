import { describe, expect, it } from "vitest";
import { createLookupTimes } from "../../../src/app/lookup-times.ts";

describe("lookup times", () => {
  it("are unknown before the first lookup", () => {
    expect(createLookupTimes().summary()).toEqual({ count: 0, medianUs: null, p99Us: null });
  });

  it("are the median and the 99th percentile, in microseconds", () => {
    const times = createLookupTimes();
    for (let us = 100; us > 0; us--) {
      times.add(us / 1000);
    }
    expect(times.summary()).toEqual({ count: 100, medianUs: 51, p99Us: 100 });
  });

  it("forget all but the last ten thousand, and count on", () => {
    const times = createLookupTimes();
    for (let index = 0; index < 5000; index++) {
      times.add(1);
    }
    for (let index = 0; index < 10_000; index++) {
      times.add(0.002);
    }
    expect(times.summary()).toEqual({ count: 15_000, medianUs: 2, p99Us: 2 });
  });
});
