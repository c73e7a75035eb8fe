import type { HostedGame } from "../../../src/game.ts";
import { describe, expect, it } from "vitest";
import { toCrc32 } from "../../../src/shared/index.ts";
import { FailedStarts } from "../../../src/supervisor/failed-starts.ts";

function game(name: string): HostedGame {
  const core = { library: "/core.so" } as HostedGame["core"];
  return { name, core, content: `/${name}.bin`, crc: toCrc32(1) };
}

const broken = game("broken");

describe("a game whose host had loaded something else", () => {
  it("is refused for a minute, although its host starts, unless its files change", () => {
    let stamp = "old";
    const failed = new FailedStarts(() => stamp);
    for (const nowMs of [0, 60_000]) {
      failed.began(broken, nowMs);
      failed.succeeded(broken);
      failed.mismatched(broken, nowMs);
      expect(failed.isPaused(broken, nowMs + 59_999)).toBe(true);
      expect(failed.isPaused(broken, nowMs + 60_000)).toBe(false);
    }
    stamp = "new";
    expect(failed.isPaused(broken, 60_001)).toBe(false);
  });
});

describe("a game whose host did not start", () => {
  it("is refused for a second, then for two, and so on up to a minute", () => {
    const failed = new FailedStarts(() => "");
    let nowMs = 0;
    const pauses: number[] = [];
    for (let count = 0; count < 8; count++) {
      failed.began(broken, nowMs);
      failed.failed(broken, nowMs, nowMs);
      const failedAtMs = nowMs;
      while (failed.isPaused(broken, nowMs)) {
        nowMs += 500;
      }
      pauses.push((nowMs - failedAtMs) / 1000);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(failed.isPaused(game("other"), 0)).toBe(false);
  });

  it("is tried once after its pause, until the outcome is known", () => {
    const failed = new FailedStarts(() => "");
    failed.failed(broken, 0, 0);
    expect(failed.isPaused(broken, 1_000)).toBe(false);
    failed.began(broken, 1_000);
    expect(failed.isPaused(broken, 1_500)).toBe(true);
    failed.succeeded(broken);
    expect(failed.isPaused(broken, 1_500)).toBe(false);
  });

  it("has failed once when several starts failed that began at the same time", () => {
    const failed = new FailedStarts(() => "");
    for (let count = 0; count < 8; count++) {
      failed.failed(broken, 0, 100 + count);
    }
    expect(failed.isPaused(broken, 1_099)).toBe(true);
    expect(failed.isPaused(broken, 1_100)).toBe(false);
  });

  it("is tried at once when its files have changed", () => {
    let stamp = "old";
    const failed = new FailedStarts(() => stamp);
    failed.failed(broken, 0, 0);
    expect(failed.isPaused(broken, 1)).toBe(true);
    stamp = "new";
    expect(failed.isPaused(broken, 1)).toBe(false);
  });

  it("is forgotten after a thousand others", () => {
    const failed = new FailedStarts(() => "");
    failed.failed(broken, 0, 0);
    for (let count = 0; count < 1_000; count++) {
      failed.failed(game(`other ${count}`), 0, 0);
    }
    expect(failed.isPaused(broken, 1)).toBe(false);
    expect(failed.isPaused(game("other 0"), 1)).toBe(true);
  });
});
