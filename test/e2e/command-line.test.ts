import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { renderKeyValues } from "../../src/retroarch/index.ts";
import { afterAllTests, afterThisTest } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { freeUdpPort } from "../helpers/free-ports.ts";
import { Netplayd, program, runNetplayd, type CommandResult } from "../helpers/netplayd.ts";
import { joinSmallClient } from "../helpers/players.ts";
import { childrenOf } from "../helpers/process-facts.ts";
import { rally, rallyRequest } from "../helpers/rally.ts";
import { clientEnvironment, nestopia, quietConfig } from "../helpers/retroarch-client.ts";
import { takesConnections } from "../helpers/tcp.ts";

const cleanup = afterAllTests();
let server: Netplayd;
/** Options that name the game's core and the server. */
let there: string[];
/** The demo game with its last byte changed; the server does not have it. */
let unknownGame: string;

beforeAll(async () => {
  server = await Netplayd.start(cleanup);
  there = ["--core", "Nestopia", "--server", `127.0.0.1:${server.controlPort}`];
  unknownGame = path.join(server.folder, "unknown.nes");
  const bytes = readFileSync(rally.file);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  writeFileSync(unknownGame, bytes);
});

// All at the same time: most of the time is Node's start.

describe.concurrent("netplayd request", () => {
  it("prints the port for a content file, by the file's CRC", async () => {
    const asked = await runNetplayd(["request", rally.file, ...there]);
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    expect(asked.stdout).toMatch(/^\d+\n$/);
    expect(await takesConnections(Number(asked.stdout))).toBe(true);
    const json = await runNetplayd(["request", "--crc", rally.crcHex, "--base", "rally", "--json", ...there]);
    expect(JSON.parse(json.stdout)).toEqual({ host: "127.0.0.1", port: expect.any(Number) as unknown });
  });

  it("exits with 3 when it is refused, and names the log that has the reason", async () => {
    const refused = await runNetplayd(["request", unknownGame, ...there]);
    expect(refused).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("log") as unknown });
    await server.logs("request refused", { reason: "unknown-game" });
  });

  it("exits with 4 when there is no answer within --timeout", async () => {
    const freePort = `127.0.0.1:${await freeUdpPort()}`;
    const args = ["request", rally.file, "--core", "Nestopia", "--server", freePort, "--timeout", "0.7"];
    expect(await runNetplayd(args)).toMatchObject({
      code: 4,
      stdout: "",
      stderr: expect.stringContaining(`${freePort} does not answer within 0.7 s`) as unknown,
    });
  });

  it("exits with 2 when it is used wrongly", async () => {
    const { folder } = server;
    const wrong = [
      ["request"],
      ["request", ...there],
      ["request", path.join(folder, "not-there.nes"), ...there],
      ["request", "--crc", "no-crc", ...there],
      ["request", rally.file, "--core", "Nestopia", "--server", "127.0.0.1:70000"],
      ["no-such-command"],
    ];
    for (const { code, stdout, stderr } of await Promise.all(wrong.map((args) => runNetplayd(args)))) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).not.toBe("");
      expect(stderr).not.toContain("    at ");
    }
  });
});

describe.concurrent("netplayd play", () => {
  it("takes the player's own RetroArch, with the player's own configuration, into the game", async (context) => {
    const test = afterThisTest(context);
    const home = test.folder();
    // Debian's info file does not allow netplay for this core; `play` must change that itself.
    mkdirSync(path.join(home, "retroarch"));
    const own = { ...quietConfig(home), libretro_info_path: "/usr/share/libretro/info" };
    writeFileSync(path.join(home, "retroarch", "retroarch.cfg"), renderKeyValues(own));
    const args = [program, "play", rally.file, ...there, "--nick", "pat"];
    const play = spawn(process.execPath, args, { cwd: home, env: clientEnvironment(home), stdio: "ignore" });
    const exited = new Promise((resolve) => play.once("exit", resolve));
    test.defer(async () => {
      childrenOf(play.pid ?? 0).forEach((pid) => process.kill(pid, "SIGKILL"));
      play.kill("SIGKILL");
      await exited;
    });
    await eventually("pat plays", async () =>
      (await server.sessions()).some(({ roster }) =>
        roster.some(({ nick, players }) => nick === "pat" && players[0] === 1),
      ),
    );
    const [retroarch = 0] = childrenOf(play.pid ?? 0);
    process.kill(retroarch, "SIGTERM");
    expect(await exited).toBe(0);
  });

  it("joins the session on a given port without reading the content", async () => {
    const { folder } = server;
    // A file that is no archive has no CRC.
    const content = path.join(folder, "no-archive.zip");
    writeFileSync(content, "no archive");
    const retroarch = path.join(folder, "echo-arguments");
    writeFileSync(retroarch, '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const args = ["play", content, ...there, "--retroarch", retroarch, "--library", nestopia.library];
    const played = await runNetplayd([...args, "--port", "55500"]);
    expect(played).toMatchObject({ code: 0, stderr: "" });
    expect(played.stdout.split("\n")).toEqual(
      expect.arrayContaining(["--connect", "127.0.0.1", "--port", "55500", content]),
    );
    const missing = await runNetplayd([...args, "--port", "55500"].with(1, `${content}.not-there`));
    expect(missing).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("There is no file") as unknown,
    });
  });

  it("starts nothing when the server refuses, and exits with 3", async () => {
    const refused = await runNetplayd(["play", unknownGame, ...there, "--retroarch", "/bin/false"]);
    expect(refused).toMatchObject({ code: 3, stdout: "" });
  });

  it("exits with 1 and says what to install when the player lacks the core", async () => {
    const server = there.slice(2);
    const lacking = await runNetplayd(["play", rally.file, "--core", "No Such Core", ...server]);
    expect(lacking).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("install it") as unknown,
    });
  });
});

describe.concurrent("netplayd sessions", () => {
  it("shows sessions and their players, as a table and as JSON", async (context) => {
    const test = afterThisTest(context);
    const port = await server.ask();
    await joinSmallClient(test, { port, nick: "ann" });
    await joinSmallClient(test, { port, nick: "eve", spectate: true });
    await eventually("ann plays", async () => (await server.session(port))?.roster[0]?.players[0] === 1);
    const json = await server.run("sessions", "--json");
    expect(JSON.parse(json.stdout)).toContainEqual(
      expect.objectContaining({
        port,
        game: "rally",
        core: "Nestopia",
        crc: rally.crcHex,
        state: "playing",
        idleDeadline: null,
        roster: [
          expect.objectContaining({ nick: "ann", players: [1], address: "127.0.0.1" }),
          expect.objectContaining({ nick: "eve", players: [], address: "127.0.0.1" }),
        ],
      }),
    );
    const { stdout } = await server.run("sessions");
    expect(stdout).toMatch(new RegExp(`rally \\(Nestopia\\) +port ${port} +playing`));
    expect(stdout).toMatch(/^ann +player 1 +127\.0\.0\.1/m);
    expect(stdout).toMatch(/^eve +spectator +127\.0\.0\.1/m);
  });

  it("exits with 1 when there is no such session or player", async () => {
    const port = await server.ask();
    const id = (await server.session(port))?.id ?? "";
    const answers = await Promise.all([
      server.run("sessions", "kick", id, "nobody"),
      server.run("sessions", "stop", "no-such-id"),
    ]);
    expect(answers).toMatchObject([{ code: 1 }, { code: 1 }]);
    answers.forEach(({ stderr }) => {
      expect(stderr).toContain("`netplayd sessions` lists");
    });
  });
});

describe.concurrent("netplayd serve", () => {
  it("does not start on a wrong configuration, and lists every mistake with its place", async (context) => {
    const folder = afterThisTest(context).folder();
    const file = path.join(folder, "cores.yaml");
    writeFileSync(
      file,
      [
        "data: 7",
        "control: { prot: 1 }",
        "sessions: { max: 0, ports: 9-1 }",
        "cores:",
        "  - library: x.so",
      ].join("\n"),
    );
    const { code, stdout, stderr } = await runNetplayd(["serve", "--config", file]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    const mistakes = stderr.trim().split("\n");
    expect(mistakes.map((line) => line.replace(`${file}:`, "").split(": ")[1]).sort()).toEqual([
      "control.prot",
      "cores[0].name",
      "data",
      "sessions.max",
      "sessions.ports",
    ]);
    mistakes.forEach((line) => {
      expect(line).toMatch(/cores\.yaml:\d+:\d+: /);
    });
  });

  it("does not start on a file that is no catalog, and does not change it", async (context) => {
    const test = afterThisTest(context);
    const other = await Netplayd.prepare(test);
    const catalog = path.join(other.dataFolder, "catalog.sqlite");
    writeFileSync(catalog, "This is not a database.");
    for (const command of [["serve"], ["catalog", "list"]]) {
      const { code, stdout, stderr } = await other.run(...command);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain(catalog);
    }
    expect(readFileSync(catalog, "utf8")).toBe("This is not a database.");
  });

  it("does not start a second time on the same data or ports, and the first goes on", async () => {
    const sameData = await server.run("serve");
    expect(sameData).toMatchObject({ code: 1, stdout: "" });
    expect(sameData.stderr).toContain(server.dataFolder);
    const config = parse(readFileSync(server.configFile, "utf8")) as object;
    const serveElsewhere = (changes: object): Promise<CommandResult> => {
      const file = path.join(server.folder, `elsewhere-${JSON.stringify(changes).length}.yaml`);
      writeFileSync(file, stringify({ ...config, data: "./elsewhere", ...changes }));
      return runNetplayd(["serve", "--config", file]);
    };
    const sameControlPort = await serveElsewhere({ netplay: { port: null } });
    expect(sameControlPort.code).toBe(1);
    expect(sameControlPort.stderr).toContain(String(server.controlPort));
    const control = { host: "127.0.0.1", port: await freeUdpPort() };
    const sameNetplayPort = await serveElsewhere({ control });
    expect(sameNetplayPort.code).toBe(1);
    expect(sameNetplayPort.stderr).toContain(String(server.netplayPort));
    expect(sameNetplayPort.stderr).toContain("netplay.port");
    expect(await server.ask()).toBeGreaterThan(0);
  });

  it("does not start on addresses of other machines, and names the key to change", async (context) => {
    const test = afterThisTest(context);
    // An address for documentation (RFC 5737), which no machine has.
    const host = "192.0.2.1";
    const sessions = await Netplayd.prepare(test, { sessions: { host } });
    const gateway = await Netplayd.prepare(test, { netplay: { host } });
    expect(await sessions.run("serve")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("set sessions.host to an address of this machine") as string,
    });
    expect(await gateway.run("serve")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("set netplay.host to an address of this machine") as string,
    });
  });

  it("refuses a game whose file was deleted after the scan, without starting anything", async (context) => {
    const test = afterThisTest(context);
    const other = await Netplayd.start(test);
    rmSync(other.content);
    expect(await other.ask()).toBe(0);
    await other.logs("request refused", { reason: "content-missing" });
    expect({ hosts: other.hosts(), folders: other.sessionFolders() }).toEqual({ hosts: [], folders: [] });
    copyFileSync(rally.file, other.content);
    expect(await other.run("catalog", "scan", other.folder)).toMatchObject({ code: 0 });
    expect(await other.ask(rallyRequest())).toBeGreaterThan(0);
  });
});

describe.concurrent("netplayd catalog", () => {
  it("adds, finds, shows and forgets games", async (context) => {
    const other = await Netplayd.prepare(afterThisTest(context));
    const list = async (): Promise<unknown> =>
      JSON.parse((await other.run("catalog", "list", "--json")).stdout);
    expect(await list()).toMatchObject([
      { base: "rally", core: "Nestopia", crc: rally.crcHex, missing: false },
    ]);
    expect((await other.run("catalog", "show", "1")).stdout).toContain(other.content);
    rmSync(other.content);
    expect(await other.run("catalog", "scan", other.folder)).toMatchObject({ code: 0 });
    expect(await list()).toMatchObject([{ base: "rally", missing: true }]);
    expect(await other.run("catalog", "remove", "1")).toMatchObject({ code: 0 });
    expect(await list()).toEqual([]);
    expect(await other.run("catalog", "show", "1")).toMatchObject({ code: 1 });
    expect(await other.run("catalog", "add", other.content)).toMatchObject({ code: 1 });
  });
});
