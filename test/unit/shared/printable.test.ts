import { describe, expect, it } from "vitest";
import { printable, printableLines } from "../../../src/shared/index.ts";

describe("text for people", () => {
  it("stays on one line, with characters that control a terminal escaped", () => {
    expect(printable("tab\tnew\nline \u001b[31m \u009b2J \u202egnp \u061c")).toBe(
      "tab\\u{9}new\\u{a}line \\u{1b}[31m \\u{9b}2J \\u{202e}gnp \\u{61c}",
    );
    expect(printable("half \ud800 a pair")).toBe("half \\u{d800} a pair");
  });

  it("does not change letters of any script", () => {
    const text = "星のカービィ Тетрис لعبة 🎮 👨‍👩‍👧 e\u0301 हिन्दी";
    expect(printable(text)).toBe(text);
  });

  it("keeps its lines when it may have several", () => {
    expect(printableLines("a\u0007\n  b\r\n")).toBe("a\\u{7}\n  b\\u{d}\n");
  });
});
