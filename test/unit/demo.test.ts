import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "../helpers/cleanup.ts";

const hasCc65 = spawnSync("ca65", ["--version"]).status === 0;

describe("the demo game", () => {
  it.skipIf(!hasCc65)("is built from its source, byte for byte", () => {
    const image = path.join(scratchFolder(), "rally.nes");
    const build = spawnSync("demo/build.sh", [image], { encoding: "utf8" });
    expect(build.stderr).toBe("");
    expect(build.status).toBe(0);
    expect(readFileSync(image).equals(readFileSync("demo/rally.nes"))).toBe(true);
  });

  it("has a battery, so that a room has something to save", () => {
    const header = readFileSync("demo/rally.nes").subarray(0, 16);
    expect(header.toString("latin1", 0, 4)).toBe("NES\x1a");
    // Flags 6, bit 1: battery-backed RAM at $6000.
    expect((header[6] ?? 0) & 0b10).toBe(0b10);
  });
});
