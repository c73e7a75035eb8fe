import { homedir } from "node:os";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { formatMistakes, parseConfig, type Config } from "../../src/config.ts";
import { scratchFolder } from "../helpers/cleanup.ts";

const minimal = "cores: [{ name: Nestopia, library: nestopia_libretro.so }]";

function parsed(text: string): Config {
  const result = parseConfig(text, "/etc/netplayd");
  if (!result.ok) {
    throw new Error(formatMistakes("cores.yaml", result.reason));
  }
  return result.value;
}

function mistakes(text: string): string[] {
  const result = parseConfig(text, "/etc/netplayd");
  return result.ok ? [] : formatMistakes("cores.yaml", result.reason).split("\n");
}

describe("the configuration", () => {
  it("has a default for everything but the cores", () => {
    expect(parsed(minimal)).toMatchObject({
      data: "/etc/netplayd/data",
      control: { host: "0.0.0.0", port: 55436 },
      netplay: { host: "::", port: 55435, rooms: "public" },
      relay: { enabled: true, maxRooms: 128, maxClients: 8, idleSeconds: 120 },
      sessions: {
        host: "::",
        ports: { first: 55500, last: 55599 },
        max: 16,
        idleSeconds: 30,
        startSeconds: 10,
        maxClients: 8,
        freeze: true,
      },
      limits: { memoryMiB: 256 },
      retroarch: { binary: "retroarch", info: "/usr/share/libretro/info", system: null },
      cores: [
        {
          name: "Nestopia",
          versionPolicy: "same-state-size",
          versions: ["*"],
          match: "crc",
          netplay: "info",
          players: 2,
          options: {},
        },
      ],
    });
  });

  it("is shown with its real defaults in the example file", () => {
    const example = parsed(readFileSync("cores.example.yaml", "utf8"));
    const defaults = parsed(minimal);
    expect({ ...example, cores: [] }).toEqual({ ...defaults, cores: [] });
    const shown = readFileSync("cores.example.yaml", "utf8");
    for (const key of Object.keys(defaults.cores[0] ?? {})) {
      // `libraries` is a comment in the file, because it excludes `library`.
      expect(shown).toMatch(new RegExp(`^ +(- |# (?=libraries))?${key}:`, "m"));
    }
    const [room] = parsed(`${minimal}\nrooms: [{ name: A, core: nestopia, game: rally }]`).rooms;
    for (const [key, value] of Object.entries(room ?? {})) {
      const isFree = key === "name" || key === "core" || key === "game";
      expect(shown).toMatch(new RegExp(`^# +(- )?${key}: ${isFree ? "" : String(value)}`, "m"));
    }
  });

  it("finds relative paths from its own folder", () => {
    const config = parsed(`data: ../d\nretroarch: { cores: cores }\n${minimal}`);
    expect(config.data).toBe("/etc/d");
    expect(config.cores[0]?.library).toBe("/etc/netplayd/cores/nestopia_libretro.so");
  });

  it("takes a folder of libraries, in the order of their names", () => {
    const folder = scratchFolder();
    mkdirSync(path.join(folder, "nestopia"));
    for (const name of ["n_1.10_libretro.so", "n_1.9_libretro.so", "readme.txt"]) {
      writeFileSync(path.join(folder, "nestopia", name), "");
    }
    const cores = `cores: [{ name: Nestopia, libraries: ${folder}/nestopia }]`;
    const files = ["n_1.9_libretro.so", "n_1.10_libretro.so"].map((name) =>
      path.join(folder, "nestopia", name),
    );
    expect(parsed(cores).cores[0]).toMatchObject({ library: files[0], libraries: files });
    expect(
      parsed(`retroarch: { cores: ${folder} }\ncores: [{ name: N, libraries: nestopia }]`).cores[0],
    ).toMatchObject({
      libraries: files,
    });
  });

  it.each([
    ["library: a.so, libraries: b", "cores[0].library: expected library: FILE or libraries: FOLDER"],
    ["players: 2", "cores[0].library: expected library: FILE or libraries: FOLDER"],
    [
      "libraries: /no/such/folder",
      "cores[0].libraries: expected a folder that can be read and holds core libraries",
    ],
  ])("says what is wrong with a core with %s", (keys, message) => {
    expect(mistakes(`cores: [{ name: A, ${keys} }]`)).toEqual([expect.stringContaining(message)]);
  });

  it("replaces ~/ by the home folder in every path", () => {
    const config = parsed("data: ~/d\ncores: [{ name: A, library: ~/a.so, content: [~/roms] }]");
    expect([config.data, config.cores[0]?.library, config.cores[0]?.content]).toEqual([
      path.join(homedir(), "d"),
      path.join(homedir(), "a.so"),
      [path.join(homedir(), "roms")],
    ]);
  });

  it("takes numbers and booleans as core options", () => {
    const config = parsed("cores: [{ name: A, library: a.so, options: { x: true, y: 3, z: auto } }]");
    expect(config.cores[0]?.options).toEqual({ x: "true", y: "3", z: "auto" });
  });

  it("names every mistake at once, with its place and the expected value", () => {
    const text = [
      "data: 3",
      "control: { prt: 55436 }",
      "sessions: { ports: 55599-55500 }",
      "cores:",
      "  - name: Nestopia",
      "    players: 40",
      "    netplay: yes",
    ].join("\n");
    const lines = mistakes(text);
    expect(lines).toHaveLength(6);
    expect(lines.join("\n")).toMatch(/cores\.yaml:1:7: data: .*expected string/);
    expect(lines.join("\n")).toMatch(/cores\.yaml:2:\d+: control\.prt: unknown key; known here: host, port/);
    expect(lines.join("\n")).toMatch(/cores\.yaml:3:\d+: sessions\.ports: expected two ports/);
    expect(lines.join("\n")).toMatch(/cores\.yaml:5:\d+: cores\[0\]\.library: /);
    expect(lines.join("\n")).toMatch(/cores\.yaml:6:\d+: cores\[0\]\.players: .*16/);
    expect(lines.join("\n")).toMatch(/cores\.yaml:7:\d+: cores\[0\]\.netplay: .*"info"\|"allow"/);
  });

  it("may turn the netplay port off", () => {
    expect(parsed(`netplay: { port: null }\n${minimal}`).netplay.port).toBeNull();
  });

  it.each([
    ["netplay: { port: 0 }", "cores.yaml:1:18: netplay.port: "],
    ["relay: { idleSeconds: 3 }", "cores.yaml:1:23: relay.idleSeconds: "],
    ["relay: { max: 3 }", "relay.max: unknown key; known here: enabled, maxRooms, maxClients, idleSeconds"],
  ])("refuses %j", (text, message) => {
    expect(mistakes(`${text}\n${minimal}`).join("\n")).toContain(message);
  });

  it.each([
    ["", "expected array"],
    ["cores: []", "expected at least one core"],
    ["cores: [", "cores.yaml:1:"],
    ["- a\n- b", "expected object"],
    [`data: 'a"b'\n${minimal}`, "without quotes"],
    ["cores: [{ name: A, library: a.so, versions: [*52] }]", "between quotes"],
  ])("refuses %j", (text, message) => {
    expect(mistakes(text).join("\n")).toContain(message);
  });
});

describe("persistent rooms in the configuration", () => {
  const withRooms = (rooms: string, more = ""): string => `${more}\n${minimal}\nrooms:\n${rooms}`;

  it("have by default as many slots as sessions, no password, and a host on demand", () => {
    const text = withRooms(
      "  - { name: Friday, core: NESTOPIA, game: rally }",
      "sessions: { maxClients: 3 }",
    );
    expect(parsed(text).rooms).toEqual([
      {
        name: "Friday",
        core: "NESTOPIA",
        game: "rally",
        password: null,
        spectatePassword: null,
        maxClients: 3,
        keep: "on-demand",
      },
    ]);
  });

  it.each([
    ["{ name: A, core: Mesen, game: g }", "rooms[0].core: expected the name of one of the cores"],
    ["{ name: A, core: nestopia }", "rooms[0].game: expected a text"],
    ["{ name: A, core: nestopia, game: 12345678 }", "rooms[0].game: expected a text: put what is written"],
    ["{ name: A, core: nestopia, game: g, password: 4711 }", "rooms[0].password: expected a text: put"],
    ["{ name: A, core: nestopia, game: g, password: '' }", "rooms[0].password: expected a password, or null"],
    ["{ name: A, core: nestopia, game: g, spectatePassword: eyes }", "rooms[0].spectatePassword: expected a"],
    [
      "{ name: A, core: nestopia, game: g, password: tulip, spectatePassword: tulip }",
      "rooms[0].spectatePassword: expected another password",
    ],
    ["{ name: A, core: nestopia, game: g, keep: never }", "rooms[0].keep: "],
    ["{ name: A, core: nestopia, game: g, maxClients: 31 }", "rooms[0].maxClients: "],
    [
      "{ name: A, core: nestopia, game: g, pasword: tulip }",
      "rooms[0].pasword: unknown key; known here: name, core, game, password, spectatePassword, maxClients, keep",
    ],
  ])("are refused as %s", (room, message) => {
    const [line, ...others] = mistakes(withRooms(`  - ${room}`));
    expect(others).toEqual([]);
    expect(line).toContain(message);
    expect(line).toMatch(/^cores\.yaml:4:\d+: /);
    expect(line).not.toContain("tulip");
  });

  it("are refused with the same name, without regard to case", () => {
    const two =
      "  - { name: Friday, core: Nestopia, game: a }\n  - { name: FRIDAY, core: Nestopia, game: b }";
    expect(mistakes(withRooms(two))).toEqual([
      expect.stringMatching(/^cores\.yaml:5:13: rooms\[1\]\.name: expected a name that no other room has/),
    ]);
  });

  it("are refused when more are always on than sessions may be, and without the netplay port", () => {
    const always = ["A", "B"].map((name) => `  - { name: ${name}, core: Nestopia, game: g, keep: always }`);
    expect(mistakes(withRooms(always.join("\n"), "sessions: { max: 1 }"))).toEqual([
      expect.stringMatching(/^cores\.yaml:5:\d+: rooms\[1\]\.keep: .*2 rooms are always on, 1 sessions/),
    ]);
    expect(mistakes(withRooms(always.join("\n"), "sessions: { max: 2 }"))).toEqual([]);
    expect(mistakes(withRooms(always.join("\n"), "netplay: { port: null }"))).toEqual([
      expect.stringContaining("rooms: expected netplay.port"),
    ]);
  });

  it("are refused with a password that RetroArch would cut", () => {
    const room = (text: string): string => `  - { name: A, core: Nestopia, game: g, password: ${text} }`;
    expect(mistakes(withRooms(room("ü".repeat(64))))).toEqual([expect.stringContaining("at most 127 bytes")]);
    expect(mistakes(withRooms(room("ü".repeat(63))))).toEqual([]);
  });
});
