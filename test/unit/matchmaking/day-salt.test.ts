import { describe, expect, it } from "vitest";
import { createDaySalt } from "../../../src/matchmaking/day-salt.ts";
import { StandingClock } from "../../helpers/netplay-clock.ts";

const DAY_MS = 86_400_000;

describe("the salt of passwords", () => {
  it("is the same for all clients all day, another one the next day, and never 0", () => {
    const clock = new StandingClock();
    const salt = createDaySalt(clock, () => false);
    const first = salt();
    expect(salt()).toBe(first);
    clock.pass(DAY_MS / 2);
    expect(salt()).toBe(first);
    clock.pass(DAY_MS / 2);
    expect(salt()).not.toBe(first);
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(2 ** 32);
  });

  it("stays as long as a room named by a password lives", () => {
    const clock = new StandingClock();
    let named = true;
    const salt = createDaySalt(clock, () => named);
    const first = salt();
    clock.pass(2 * DAY_MS);
    expect(salt()).toBe(first);
    named = false;
    expect(salt()).not.toBe(first);
  });
});
