import { describe, expect, it } from "vitest";
import { judgeAcceptance, type HostSide, type PlayerSide } from "../../../src/probe/judge-acceptance.ts";
import { toCrc32 } from "../../../src/shared/index.ts";

const player: PlayerSide = {
  core: "Nestopia",
  coreVersion: "1.52.0",
  stateSizeBytes: 100,
  crc: toCrc32(7),
  retroarch: "1.14.0",
  gateOpen: true,
};

const info = { crc: toCrc32(7), coreName: "nestopia", coreVersion: "1.52.0 " };
const host: HostSide = { info, takesWhatComes: false, byId: false, stateSizeBytes: undefined };
const newer = { ...info, coreVersion: "1.53.0" };
/** A server with a netplay port; it answers with a CRC of 0 when the content is not the reason. */
const server: HostSide = { ...host, takesWhatComes: true };
const noCrc = toCrc32(0);

describe("a player", () => {
  it.each<[string, PlayerSide, HostSide]>([
    ["has all that the host has", player, host],
    ["has what the server has", player, server],
    ["does not know the version", { ...player, coreVersion: "" }, { ...host, info: newer }],
    [
      "has another version with savestates of the same size",
      player,
      { ...host, info: newer, stateSizeBytes: 100 },
    ],
    ["has a content that the host cannot know", player, { ...host, info: { ...info, crc: noCrc } }],
    ["has the oldest RetroArch", { ...player, retroarch: "1.9.1" }, host],
    ["joins by an id with 1.10", { ...player, retroarch: "1.10.0" }, { ...host, byId: true }],
  ])("who %s is accepted", (_what, own, theirs) => {
    expect(judgeAcceptance(own, theirs)).toBeUndefined();
  });

  it.each<[string, PlayerSide, HostSide, string]>([
    ["an old RetroArch", { ...player, retroarch: "1.8.9" }, host, "install 1.9.1"],
    ["RetroArch 1.9.0", { ...player, retroarch: "1.9.0" }, host, "install 1.9.1"],
    [
      "a RetroArch without ids",
      { ...player, retroarch: "1.9.14" },
      { ...host, byId: true },
      "install 1.10 or newer",
    ],
    ["another core", player, { ...host, info: { ...info, coreName: "FCEUmm" } }, "use FCEUmm"],
    [
      "a core that the server does not have",
      player,
      { ...server, info: { ...info, coreName: "FCEUmm", crc: noCrc } },
      "ask its operator to add Nestopia",
    ],
    [
      "another content",
      player,
      { ...host, info: { ...info, crc: toCrc32(8) } },
      "CRC 00000008, yours has 00000007",
    ],
    [
      "a content that the server does not have",
      player,
      { ...server, info: { ...info, crc: toCrc32(8) } },
      "does not have this content (CRC 00000007)",
    ],
    ["another version", player, { ...host, info: newer }, "install 1.53.0"],
    [
      "a version that the server does not host",
      player,
      { ...server, info: { ...newer, coreName: "another Nestopia", crc: noCrc } },
      "it has no build for yours: install 1.53.0, or ask the server's operator for 1.52.0",
    ],
    [
      "a version that a persistent room has no build for",
      player,
      { ...host, byId: true, info: { ...newer, coreName: "another Nestopia", crc: noCrc } },
      "it has no build for yours: install 1.53.0, or ask the server's operator for 1.52.0",
    ],
    [
      "a version for which nothing is known",
      player,
      { ...server, info: { coreName: "another Nestopia", coreVersion: "", crc: noCrc } },
      "no build of Nestopia for your version 1.52.0",
    ],
    [
      "a core whose games are found by name",
      player,
      { ...server, info: { ...info, crc: noCrc } },
      "use netplayd play",
    ],
    ["savestates of another size", player, { ...host, info: newer, stateSizeBytes: 101 }, "install 1.53.0"],
    ["an info file that forbids it", { ...player, gateOpen: false }, host, "savestate_features"],
  ])("with %s is told what to change", (_what, own, theirs, text) => {
    expect(judgeAcceptance(own, theirs)).toContain(text);
  });
});
