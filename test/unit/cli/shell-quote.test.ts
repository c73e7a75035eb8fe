import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCommand } from "../../../src/cli/shell-quote.ts";

describe("a printed command", () => {
  it("does not quote plain words", () => {
    expect(formatCommand(["retroarch", "--connect", "10.0.0.1", "-L", "/a/b_c.so"])).toBe(
      "retroarch --connect 10.0.0.1 -L /a/b_c.so",
    );
  });

  it("quotes text that a shell would split or interpret", () => {
    expect(formatCommand(["h|1|id", "it's here.zip#a b"])).toBe(`'h|1|id' 'it'\\''s here.zip#a b'`);
  });

  it("is read by a shell as the same words", () => {
    const word = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme-ascii" });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
        const printed = execFileSync("sh", ["-c", `printf '%s\\n' ${formatCommand(words)}`], {
          encoding: "utf8",
        });
        expect(printed).toBe(words.map((text) => `${text}\n`).join(""));
      }),
      { numRuns: 25 },
    );
  });
});
