import path from "node:path";
import { describe, expect, it } from "vitest";
import { archiveKindOf, baseOf, extensionOf, stemOf } from "../../../../src/catalog/content/content-path.ts";

const FILES = [
  "/games/Game (World).gb",
  "/games/Game.Pocket.GBC",
  "/games.old/no extension",
  "/games/.hidden",
  "/games/.hidden.nes",
  "/games/ends with a dot.",
  "/games/two..dots",
  "relative.zip",
  "folder/member.7z",
  "",
];

describe("the parts of a content's path", () => {
  it.each(FILES)("are those that the standard library finds: %s", (file) => {
    const { name, ext, dir } = path.posix.parse(file);
    expect(baseOf(file)).toBe(name);
    expect(extensionOf(file)).toBe(ext.slice(1).toLowerCase());
    expect(stemOf(file)).toBe(dir === "" ? name : `${dir}/${name}`);
  });

  it("show which archives RetroArch opens", () => {
    expect(["a.zip", "a.ZIP", "a.7z", "a.rar", "zip"].map(archiveKindOf)).toEqual([
      "zip",
      "zip",
      "7z",
      undefined,
      undefined,
    ]);
  });
});
