import { describe, expect, it } from "vitest";
import { startTicksOf } from "../../../src/processes/process-facts.ts";

describe("the start time of a process", () => {
  it("is found behind a program name with blanks and parentheses", () => {
    const fields = Array.from({ length: 30 }, (_, index) => String(index + 3));
    expect(startTicksOf(`42 (a) b (c)) ${fields.join(" ")}`)).toBe("22");
  });
});
