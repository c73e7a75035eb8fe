import { describe, expect, it } from "vitest";
import { createLineLimiter, type LineCounts } from "../../../src/logging/line-limiter.ts";
import { createManualClock } from "../../helpers/manual-clock.ts";

function createLimiter() {
  const clock = createManualClock();
  const told: LineCounts[] = [];
  const limiter = createLineLimiter(clock, (counts) => told.push(counts));
  const passed = (count: number, facts: unknown, message: string): number => {
    let lines = 0;
    for (let index = 0; index < count; index++) {
      lines += limiter.passes(facts, message) ? 1 : 0;
    }
    return lines;
  };
  return { clock, told, limiter, passed };
}

describe("the limit of a log's lines", () => {
  it("lets a hundred of a kind through at once, then one a second", () => {
    const { clock, passed } = createLimiter();
    expect(passed(3600, {}, "client left")).toBe(100);
    clock.advance(10_000);
    expect(passed(3600, {}, "client left")).toBe(10);
  });

  it("keeps a flood of one kind from hiding another", () => {
    const { passed } = createLimiter();
    passed(3600, {}, "client left");
    expect(passed(1, {}, "session failed")).toBe(1);
  });

  it("counts the other lines, by message and reason, and reports the counts every ten seconds", () => {
    const { clock, told, passed } = createLimiter();
    passed(150, { reason: "full" }, "client left");
    passed(20, { reason: "fault" }, "client left");
    passed(5, undefined, "client left");
    clock.advance(9_999);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual([
      [
        { line: "client left", reason: "full", count: 50 },
        { line: "client left", reason: "fault", count: 20 },
        { line: "client left", count: 5 },
      ],
    ]);
    clock.advance(60_000);
    expect(told).toHaveLength(1);
  });

  it("reports the current counts when it is flushed", () => {
    const { told, limiter, passed } = createLimiter();
    passed(101, {}, "client left");
    limiter.flush();
    limiter.flush();
    expect(told).toEqual([[{ line: "client left", count: 1 }]]);
  });

  it("knows a bounded number of kinds", () => {
    const { told, limiter } = createLimiter();
    for (let index = 0; index < 10_000; index++) {
      limiter.passes({ reason: `${index}` }, `${index}`);
    }
    limiter.flush();
    expect(told.flat().length).toBeLessThan(300);
    expect(told.flat().reduce((sum, { count }) => sum + count, 0)).toBe(10_000 - 300);
  });
});
