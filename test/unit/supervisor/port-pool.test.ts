import { describe, expect, it } from "vitest";
import { toPort } from "../../../src/shared/index.ts";
import { createPortPool } from "../../../src/supervisor/port-pool.ts";

describe("the port pool", () => {
  it("gives every port once, then none", () => {
    const pool = createPortPool({ first: 100, last: 102 });
    expect([pool.reserve(), pool.reserve(), pool.reserve(), pool.reserve()]).toEqual([
      100,
      101,
      102,
      undefined,
    ]);
  });

  it("gives the port again that was returned longest ago", () => {
    const pool = createPortPool({ first: 100, last: 101 });
    const first = pool.reserve();
    expect(first).toBe(100);
    pool.release(toPort(100));
    expect([pool.reserve(), pool.reserve()]).toEqual([101, 100]);
  });

  it("refuses a port that is not given out", () => {
    const pool = createPortPool({ first: 100, last: 101 });
    expect(() => {
      pool.release(toPort(100));
    }).toThrow("not given out");
    expect([pool.reserve(), pool.reserve(), pool.reserve()]).toEqual([100, 101, undefined]);
  });
});
