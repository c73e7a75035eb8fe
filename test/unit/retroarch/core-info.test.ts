import { describe, expect, it } from "vitest";
import {
  allowsNetplay,
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

  it("that does not speak of savestates lets the core host, one that is not there does not", () => {
    expect(allowsNetplay(parseCoreInfo('corename = "X"'))).toBe(true);
    expect(allowsNetplay(parseCoreInfo('savestate = "true"'))).toBe(true);
    expect(allowsNetplay(undefined)).toBe(false);
    expect(allowsNetplay(parseCoreInfo(withNetplayAllowed("")))).toBe(true);
    expect(allowsNetplay(parseCoreInfo('savestate = "false"'))).toBe(false);
  });

  it("can be opened for netplay without losing anything else", () => {
    const opened = parseCoreInfo(withNetplayAllowed(text));
    expect(allowsNetplay(opened)).toBe(true);
    expect(opened).toEqual({ ...parseCoreInfo(text), savestateFeatures: "deterministic" });
  });

  it("has the library's name", () => {
    expect(infoFileName("/usr/lib/libretro/nestopia_libretro.so")).toBe("nestopia_libretro.info");
    expect(infoFileName("mednafen_pce.v2_libretro.dylib")).toBe("mednafen_pce.v2_libretro.info");
  });
});
