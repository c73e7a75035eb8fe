import { describe, expect, it } from "vitest";
import { GuessLimiter } from "../../../src/door/guess-limiter.ts";

describe("who guesses", () => {
  it("is not listened to after so many misses, and again after a while", () => {
    const guesses = new GuessLimiter(0.5, 2);
    for (let miss = 0; miss < 2; miss++) {
      expect(guesses.mayTry("a", 0)).toBe(true);
      guesses.missed("a", 0);
    }
    expect(guesses.mayTry("a", 1_999)).toBe(false);
    expect(guesses.mayTry("b", 1_999)).toBe(true);
    expect(guesses.mayTry("a", 2_000)).toBe(true);
  });

  it("is kept in mind among ten thousand others; beyond, who missed longest ago is forgotten", () => {
    const guesses = new GuessLimiter(0.5, 1);
    guesses.missed("first", 0);
    guesses.missed("second", 0);
    for (let other = 0; other < 9_999; other++) {
      guesses.missed(`other ${other}`, 0);
    }
    expect(guesses.size).toBe(10_000);
    expect(guesses.mayTry("first", 0)).toBe(true);
    expect(guesses.mayTry("second", 0)).toBe(false);
  });
});
