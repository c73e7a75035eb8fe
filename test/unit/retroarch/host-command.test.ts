import { describe, expect, it } from "vitest";
import { renderHostConfig, renderKeyValues } from "../../../src/retroarch/index.ts";

const directories = {
  root: "/s",
  configFile: "/s/retroarch.cfg",
  optionsFile: "/s/core-options.cfg",
  logFile: "/s/retroarch.log",
  home: "/s/home",
  info: "/s/info",
  saves: "/s/saves",
  states: "/s/states",
  system: "/s/system",
  cache: "/s/cache",
};

function configValues(systemDir: string | null = null): Map<string, string> {
  const text = renderHostConfig({
    tunnelPort: 4242,
    maxConnections: 9,
    library: "/cores/x_libretro.so",
    systemDir,
    directories,
  });
  return new Map(
    text.split("\n").flatMap((line) => {
      const [, key, value] = /^(\w+) = "(.*)"$/.exec(line) ?? [];
      return key === undefined ? [] : [[key, value ?? ""]];
    }),
  );
}

describe("the configuration of a host", () => {
  it("dials the gateway on loopback instead of listening", () => {
    const values = configValues();
    expect(values.get("netplay_use_mitm_server")).toBe("true");
    expect(values.get("netplay_mitm_server")).toBe("custom");
    expect(values.get("netplay_custom_mitm_server")).toBe("127.0.0.1|4242");
    expect(values.get("network_cmd_enable")).toBe("false");
    expect(values.get("netplay_nat_traversal")).toBe("false");
  });

  it("connects to nothing on the Internet", () => {
    const values = configValues();
    expect(values.get("netplay_public_announce")).toBe("false");
    expect(values.get("core_updater_buildbot_cores_url")).toBe("");
  });

  it("runs at 60 frames a second without a screen", () => {
    expect(configValues().get("vrr_runloop_enable")).toBe("true");
  });

  it("has every folder inside the session's own, except for the operator's BIOS files", () => {
    const values = configValues();
    for (const [key, value] of values) {
      if (/_(directory|path)$/.test(key) && key !== "libretro_directory") {
        expect(value, key).toMatch(/^\/s\//);
      }
    }
    expect(configValues("/bios").get("system_directory")).toBe("/bios");
  });

  it("sets what newer releases have other defaults for: one place for saves, and no microphone", () => {
    const values = configValues();
    expect(values.get("sort_savefiles_enable")).toBe("false");
    expect(values.get("sort_savestates_enable")).toBe("false");
    expect(values.get("microphone_driver")).toBe("null");
    expect(values.get("microphone_enable")).toBe("false");
  });

  it("looks for the core where it is: only then RetroArch reads its info file", () => {
    expect(configValues().get("libretro_directory")).toBe("/cores");
  });

  it("refuses values that RetroArch could not read", () => {
    expect(() => renderKeyValues({ option: 'a"\nnetwork_cmd_enable = "true' })).toThrow(RangeError);
    expect(renderKeyValues({ nestopia_region: "ntsc" })).toBe('nestopia_region = "ntsc"\n');
  });
});
