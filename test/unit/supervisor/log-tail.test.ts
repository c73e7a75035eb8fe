import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readLogTail } from "../../../src/supervisor/log-tail.ts";
import { scratchFolder } from "../../helpers/cleanup.ts";

async function tailOf(text: string): Promise<string[]> {
  const file = path.join(scratchFolder(), "retroarch.log");
  writeFileSync(file, text);
  return readLogTail(file);
}

describe("the end of a host's log", () => {
  it("is its errors and warnings, also when many lines follow them", async () => {
    const chatter = "[INFO] [SRAM]: Saving.\n".repeat(200);
    expect(
      await tailOf(`[INFO] Hello\n[ERROR] [Netplay] Core does not support netplay.\n${chatter}`),
    ).toEqual(["[ERROR] [Netplay] Core does not support netplay."]);
  });

  it("has the core's line right before an error: the file that it looked for", async () => {
    const looked = "[libretro INFO] FDS BIOS path: /bios/disksys.rom";
    const failed = "[ERROR] [Content]: Failed to load content";
    const lines = ["[libretro INFO] Using baked in XML database", looked, "", failed, "[INFO] Bye"];
    expect(await tailOf(lines.join("\n"))).toEqual([looked, failed]);
  });

  it("leaves out the warnings of every host without a screen", async () => {
    const reason = "[ERROR] [Netplay] Core does not support netplay.";
    const expected = [
      "[ERROR] Unable to init menu driver.",
      "[ERROR] failed_to_start_audio_driver",
      "[ERROR] [Audio]: Failed to start audio driver. Will continue without audio.",
    ];
    expect(await tailOf([reason, ...expected].join("\n"))).toEqual([reason]);
  });

  it("is its last lines where it names no problem", async () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    expect(await tailOf(lines.join("\n"))).toEqual(lines.slice(-12));
  });

  it("cannot move the operator's cursor", async () => {
    expect(await tailOf('[WARN] "\u001b[2J\0evil" has joined\n')).toEqual(['[WARN] " [2J evil" has joined']);
  });

  it("is empty when there is no log", async () => {
    expect(await readLogTail("/nowhere/retroarch.log")).toEqual([]);
  });
});
