import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { hostDirectories } from "../../../src/retroarch/index.ts";
import { prepareDirectory } from "../../../src/supervisor/host.ts";
import { scratchFolder } from "../../helpers/cleanup.ts";

const info = 'corename = "Fake"\nsavestate = "true"\nsavestate_features = "serialized"\n';

async function prepare(
  netplay: "info" | "allow",
  options: Record<string, string> = {},
  withInfo = true,
  library = "/cores/fake_libretro.so",
) {
  const folder = scratchFolder();
  const infoDir = path.join(folder, "info");
  mkdirSync(infoDir);
  if (withInfo) {
    writeFileSync(path.join(infoDir, "fake_libretro.info"), info);
  }
  const directories = hostDirectories(path.join(folder, "sessions", "one"));
  const core = {
    name: "Fake",
    library,
    libraries: [library],
    versionPolicy: "any" as const,
    content: [],
    versions: ["*"],
    match: "crc" as const,
    netplay,
    players: 2,
    options,
  };
  const setup = { binary: "retroarch", infoDir, systemDir: null, maxConnections: 9 };
  await prepareDirectory(directories, core, setup, 4242);
  return directories;
}

describe("the folder of a session", () => {
  it("is private to netplayd's user", async () => {
    const { root } = await prepare("info");
    expect(statSync(root).mode & 0o777).toBe(0o700);
  });

  it("has the core's info file as it is", async () => {
    const directories = await prepare("info");
    expect(readFileSync(path.join(directories.info, "fake_libretro.info"), "utf8")).toBe(info);
  });

  it("has it under the name that RetroArch looks for when a build has a name of its own", async () => {
    const { info: folder } = await prepare("info", {}, true, "/cores/fake-1.2_libretro.so");
    expect(readFileSync(path.join(folder, "fake-1.2_libretro.info"), "utf8")).toBe(info);
  });

  it("has one that allows netplay when the operator does", async () => {
    const directories = await prepare("allow");
    const text = readFileSync(path.join(directories.info, "fake_libretro.info"), "utf8");
    expect(text).toContain('savestate_features = "deterministic"');
    expect(text).not.toContain("serialized");
  });

  it("has one that allows netplay even where the core has none", async () => {
    const directories = await prepare("allow", {}, false);
    const text = readFileSync(path.join(directories.info, "fake_libretro.info"), "utf8");
    expect(text).toContain('savestate_features = "deterministic"');
  });

  it("has the operator's core options in RetroArch's format", async () => {
    const { optionsFile } = await prepare("info", { fake_region: "ntsc", fake_crop: "true" });
    expect(readFileSync(optionsFile, "utf8")).toBe('fake_region = "ntsc"\nfake_crop = "true"\n');
  });
});
