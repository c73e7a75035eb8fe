import { describe, expect, it } from "vitest";
import { compareGames } from "../../fuzz/examine.ts";
import { shrink } from "../../fuzz/shrink.ts";
import { formatSelection, parseSelection, type Selection } from "../../fuzz/stream.ts";

const whole: Selection = new Map(
  Array.from({ length: 12 }, (_, stream) => [stream, Array.from({ length: 30 }, (_, step) => step)]),
);

/** Fails whenever these steps of stream 7 are played. */
function needs(...steps: number[]): (part: Selection) => Promise<boolean> {
  return (part) => Promise.resolve(steps.every((step) => part.get(7)?.includes(step) === true));
}

describe("a batch that fails", () => {
  it("is reduced to the steps that it needs", async () => {
    expect(await shrink(whole, needs(3, 21), 1_000)).toEqual(new Map([[7, [3, 21]]]));
  });

  it("stays as it is when everything in it is needed", async () => {
    const small: Selection = new Map([[7, [3]]]);
    expect(await shrink(small, needs(3), 1_000)).toEqual(small);
  });

  it("is tried at most as often as allowed, and still fails", async () => {
    let trials = 0;
    const part = await shrink(
      whole,
      (tried) => {
        trials++;
        return needs(3, 21)(tried);
      },
      10,
    );
    expect(trials).toBeLessThanOrEqual(10);
    expect(await needs(3, 21)(part)).toBe(true);
  });
});

describe("the selected part of a batch", () => {
  it("is read from the command line as it was printed", () => {
    const selection: Selection = new Map([
      [3, [0, 4]],
      [7, []],
    ]);
    expect(formatSelection(selection)).toBe("3:0,4/7:");
    expect(parseSelection("3:0,4/7:")).toEqual(selection);
  });

  it.each(["", "3", "3:0,", "a:1", "3:0//7:"])("is not %j", (text) => {
    expect(() => parseSelection(text)).toThrow(RangeError);
  });
});

describe("two players", () => {
  it("are in step when their games are equal at the last frame that was read of both", () => {
    const ann = new Map([
      [1, "aa"],
      [2, "ab"],
      [4, "ad"],
    ]);
    expect(compareGames(ann, new Map([...ann, [1, "00"], [5, "ae"]]))).toBeUndefined();
  });

  it("are out of step when the games differ there, or were never at the same frame", () => {
    expect(compareGames(new Map([[1, "aa"]]), new Map([[1, "ab"]]))?.kind).toBe("out-of-step");
    expect(compareGames(new Map([[1, "aa"]]), new Map([[2, "aa"]]))?.kind).toBe("out-of-step");
  });
});
