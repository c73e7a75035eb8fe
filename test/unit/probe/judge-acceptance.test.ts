import { describe, expect, it } from "vitest";
import { judgeAcceptance, type PlayerSide } from "../../../src/probe/index.ts";
import { toCrc32 } from "../../../src/shared/index.ts";

const player: PlayerSide = {
  core: "Nestopia",
  coreVersion: "1.52.0",
  stateSizeBytes: 100,
  crc: toCrc32(7),
  retroarch: { text: "1.14.0", major: 1, minor: 14 },
  gateOpen: true,
};

const info = { crc: toCrc32(7), coreName: "nestopia", coreVersion: "1.52.0 " };
const host = { info, stateSizeBytes: undefined };
const newer = { ...info, coreVersion: "1.53.0" };

describe("a player", () => {
  it.each([
    ["has all that the host has", player, host],
    ["does not know the version", { ...player, coreVersion: "" }, { ...host, info: newer }],
    ["has another version with savestates of the same size", player, { info: newer, stateSizeBytes: 100 }],
    ["has a content that the host cannot know", player, { ...host, info: { ...info, crc: toCrc32(0) } }],
  ])("who %s is accepted", (_what, own, theirs) => {
    expect(judgeAcceptance(own, theirs)).toBeUndefined();
  });

  it.each([
    [
      "an old RetroArch",
      { ...player, retroarch: { text: "1.8.9", major: 1, minor: 8 } },
      host,
      "install 1.9.1",
    ],
    ["another core", player, { ...host, info: { ...info, coreName: "FCEUmm" } }, "use FCEUmm"],
    [
      "another content",
      player,
      { ...host, info: { ...info, crc: toCrc32(8) } },
      "CRC 00000008, yours has 00000007",
    ],
    ["another version", player, { ...host, info: newer }, "install 1.53.0"],
    ["savestates of another size", player, { info: newer, stateSizeBytes: 101 }, "install 1.53.0"],
    ["an info file that forbids it", { ...player, gateOpen: false }, host, "savestate_features"],
  ])("with %s is told what to change", (_what, own, theirs, text) => {
    expect(judgeAcceptance(own, theirs)).toContain(text);
  });
});
