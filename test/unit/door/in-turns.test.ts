import { describe, expect, it } from "vitest";
import { inTurns } from "../../../src/door/in-turns.ts";

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("inTurns", () => {
  it("hands on at once what comes alone", async () => {
    const handed: number[] = [];
    const pass = inTurns(2, (thing: number) => handed.push(thing));
    pass(1);
    expect(handed).toEqual([1]);
    await nextTurn();
    pass(2);
    expect(handed).toEqual([1, 2]);
  });

  it("hands on a crowd in its order, so many in a turn, whoever comes between", async () => {
    const handed: number[] = [];
    const pass = inTurns(2, (thing: number) => handed.push(thing));
    [1, 2, 3, 4, 5].forEach(pass);
    expect(handed).toEqual([1, 2]);
    await nextTurn();
    expect(handed).toEqual([1, 2, 3, 4]);
    pass(6);
    expect(handed).toEqual([1, 2, 3, 4]);
    await nextTurn();
    expect(handed).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
