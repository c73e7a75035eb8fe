import { describe, expect, it } from "vitest";
import {
  allowsNetplay,
  chooseInfoFile,
  infoFileName,
  parseCoreInfo,
  withNetplayAllowed,
} from "../../../src/retroarch/index.ts";

const text = `# Software Information
display_name = "Nintendo - NES / Famicom (Nestopia UE)"
supported_extensions = "nes|FDS|unf"
corename = "Nestopia"
savestate = "true"
savestate_features = "serialized"
needs_fullpath = "false"
firmware_count = 1
firmware0_path = "disksys.rom"
firmware0_opt = "true"
`;

describe("a core's info file", () => {
  it.each([
    ["true", true],
    ["false", false],
    [undefined, undefined],
  ])("that says %s of whether the core opens files itself", (said, expected) => {
    const line = said === undefined ? "" : `needs_fullpath = "${said}"`;
    expect(parseCoreInfo(line).needsFullPath).toBe(expected);
  });

  it("is read", () => {
    expect(parseCoreInfo(text)).toEqual({
      coreName: "Nestopia",
      supportedExtensions: ["nes", "fds", "unf"],
      savestateFeatures: "serialized",
      savestate: true,
      needsFullPath: false,
      firmware: [{ path: "disksys.rom", optional: true }],
    });
  });

  it("lets only deterministic cores host", () => {
    expect(allowsNetplay(parseCoreInfo(text))).toBe(false);
    expect(allowsNetplay(parseCoreInfo(text.replace("serialized", "deterministic")))).toBe(true);
  });

  it("without a word on savestates allows hosting; a missing file does not", () => {
    expect(allowsNetplay(parseCoreInfo('corename = "X"'))).toBe(true);
    expect(allowsNetplay(parseCoreInfo('savestate = "true"'))).toBe(true);
    expect(allowsNetplay(undefined)).toBe(false);
    expect(allowsNetplay(parseCoreInfo(withNetplayAllowed("")))).toBe(true);
    expect(allowsNetplay(parseCoreInfo('savestate = "false"'))).toBe(false);
  });

  it("can be changed to allow netplay without other changes", () => {
    const opened = parseCoreInfo(withNetplayAllowed(text));
    expect(allowsNetplay(opened)).toBe(true);
    expect(opened).toEqual({ ...parseCoreInfo(text), savestateFeatures: "deterministic" });
  });

  it("has the library's name", () => {
    expect(infoFileName("/usr/lib/libretro/nestopia_libretro.so")).toBe("nestopia_libretro.info");
    expect(infoFileName("mednafen_pce.v2_libretro.dylib")).toBe("mednafen_pce.v2_libretro.info");
  });

  // Run on RetroArch 1.14: only a file of this name lets the build host.
  it.each([
    ["nestopia_libretro_1.53.so", "nestopia_libretro.info"],
    ["nestopia_libretro.1.53.so", "nestopia.info"],
    ["nestopia-1.53_libretro.so", "nestopia-1.53_libretro.info"],
    ["nestopia.so", "nestopia.info"],
  ])("of %s is looked for as %s", (library, info) => {
    expect(infoFileName(library)).toBe(info);
  });

  const known = [
    "mednafen_pce_libretro.info",
    "mednafen_pce_fast_libretro.info",
    "nestopia_libretro.info",
    "00_x.info",
  ];
  it.each([
    ["/c/nestopia_libretro.so", "nestopia_libretro.info"],
    ["/c/nestopia-1.53_libretro.so", "nestopia_libretro.info"],
    ["/c/Nestopia 1.53.so", "nestopia_libretro.info"],
    ["/c/mednafen_pce_fast_1.29_libretro.so", "mednafen_pce_fast_libretro.info"],
    ["/c/mednafen_pce_1.29_libretro.so", "mednafen_pce_libretro.info"],
    ["/c/nestopia2_libretro.so", undefined],
    ["/c/fceumm_libretro.so", undefined],
  ])("of a build of its own name, %s, is its core's", (library, info) => {
    expect(chooseInfoFile(library, known)).toBe(info);
  });
});
