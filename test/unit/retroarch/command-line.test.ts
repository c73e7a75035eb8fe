import { describe, expect, it } from "vitest";
import {
  canHost,
  clientArguments,
  highestProtocol,
  hostArguments,
  hostEnvironment,
  parseVersion,
} from "../../../src/retroarch/index.ts";

const directories = {
  root: "/s",
  configFile: "/s/retroarch.cfg",
  optionsFile: "",
  logFile: "",
  home: "/s/home",
  info: "",
  saves: "",
  states: "",
  system: "",
  cache: "/s/cache",
};

describe("the command line of a host", () => {
  it("unplugs the pads that the game does not have", () => {
    const args = hostArguments({ directories, library: "/c.so", content: "/g.nes", nick: "n", players: 14 });
    expect(args).toEqual([
      ..."--verbose -c /s/retroarch.cfg --host --nick n -N 15 -N 16 -L /c.so /g.nes".split(" "),
    ]);
  });

  it("unplugs nothing for sixteen players", () => {
    const args = hostArguments({ directories, library: "/c.so", content: "/g.nes", nick: "n", players: 16 });
    expect(args).not.toContain("-N");
  });

  it("inherits only PATH, and works on a machine without a session bus", () => {
    const env = hostEnvironment(directories, "/bin");
    expect(env).toMatchObject({ PATH: "/bin", HOME: "/s/home", DBUS_FATAL_WARNINGS: "0" });
    expect(env).not.toHaveProperty("DISPLAY");
  });
});

describe("the command line of a client", () => {
  it("connects to the port", () => {
    const options = { host: "example.org", port: 55500, library: "/c.so", content: "/g.nes" };
    const plain = { ...options, session: undefined, nick: undefined, appendConfig: undefined };
    expect(clientArguments(plain).join(" ")).toBe("--connect example.org --port 55500 -L /c.so /g.nes");
    expect(clientArguments({ ...plain, nick: "ann", appendConfig: "/a.cfg" }).join(" ")).toBe(
      "--appendconfig /a.cfg --connect example.org --port 55500 --nick ann -L /c.so /g.nes",
    );
    expect(clientArguments({ ...plain, session: "AQIDBAUGBwgJCgsM" }).join(" ")).toBe(
      "--connect example.org|55500|AQIDBAUGBwgJCgsM -L /c.so /g.nes",
    );
  });
});

describe("RetroArch's version", () => {
  it("is found in what the program prints", () => {
    const printed =
      "RetroArch: Frontend for libretro -- v1.14.0 -- b2ceb50 --\nCompiler: GCC (12.2.0) 64-bit";
    expect(parseVersion(printed)).toEqual({ text: "1.14.0", major: 1, minor: 14 });
    expect(parseVersion("command not found")).toBeUndefined();
  });

  it.each([
    ["1.9.14", false, 5],
    ["1.10.0", true, 6],
    ["1.20.0", true, 6],
    ["1.21.0", true, 7],
    ["2.0.0", true, 7],
  ])("%s: can host %s, protocol %i", (text, hosts, protocol) => {
    const version = parseVersion(text);
    if (version === undefined) {
      throw new Error(`no version in ${text}`);
    }
    expect(canHost(version)).toBe(hosts);
    expect(highestProtocol(version)).toBe(protocol);
  });
});
