import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { afterAllTests, afterThisTest } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { Netplayd, runNetplayd } from "../helpers/netplayd.ts";
import { startPlayer } from "../helpers/players.ts";
import { rally } from "../helpers/rally.ts";
import { nestopia } from "../helpers/retroarch-client.ts";

const cleanup = afterAllTests();
let server: Netplayd;
/** The installed build's version, and the version of a changed copy. */
let installed: string;
const OTHER = "9.87.6";
let otherLibrary: string;
/** A build that the server does not have. */
const FOREIGN = "1.2.3";
let foreignLibrary: string;

interface CoreRow {
  readonly version: string | null;
  readonly stateSizeBytes: number | null;
  readonly netplay: boolean | null;
  readonly library: string;
  readonly reason: string | null;
}

async function cores(): Promise<CoreRow[]> {
  return JSON.parse((await server.run("cores", "--json")).stdout) as CoreRow[];
}

/** Asks for the demo game as a launcher whose core has this version; resolves with the port, 0 = refused. */
async function ask(version: string): Promise<number> {
  const wanted = [
    "--core",
    "Nestopia",
    "--core-version",
    version,
    "--server",
    `127.0.0.1:${server.controlPort}`,
  ];
  const asked = await runNetplayd(["request", rally.file, ...wanted]);
  return asked.code === 0 ? Number(asked.stdout) : 0;
}

async function hostedVersion(port: number): Promise<string> {
  const probed = await runNetplayd(["probe", `127.0.0.1:${port}`, "--info", "--json"]);
  return (JSON.parse(probed.stdout) as { info: { coreVersion: string } }).info.coreVersion.trim();
}

beforeAll(async () => {
  const folder = cleanup.folder();
  const first = path.join(folder, "nestopia_libretro.so");
  copyFileSync(nestopia.library, first);
  const bytes = readFileSync(first);
  installed = /(?<=\0)\d+\.\d+\.\d+ ?(?=\0)/.exec(bytes.toString("latin1"))?.[0] ?? "";
  const makeBuild = (inFolder: string, version: string): string => {
    const changed = bytes.toString("latin1").replace(installed, version.padEnd(installed.length));
    const file = path.join(inFolder, `nestopia-${version}_libretro.so`);
    writeFileSync(file, changed, "latin1");
    return file;
  };
  otherLibrary = makeBuild(folder, OTHER);
  foreignLibrary = makeBuild(cleanup.folder(), FOREIGN);
  writeFileSync(path.join(folder, "z-broken_libretro.so"), "no library");
  const core = { library: undefined, libraries: folder, versionPolicy: "exact" };
  server = await Netplayd.prepare(cleanup, { core });
});

describe("builds of one core in a folder", () => {
  it("are unknown until the server has let each host once, on loopback only", async () => {
    expect((await cores()).map(({ netplay }) => netplay)).toEqual([null, null, null]);
    expect((await server.run("cores")).stdout).toContain("not known yet: netplayd doctor");
    await server.serve();
    const known = await eventually("all builds tried", async () => {
      const rows = await cores();
      return rows.every(({ netplay }) => netplay !== null) && rows;
    });
    expect(known).toMatchObject([
      { version: installed.trim(), netplay: true },
      { version: OTHER, netplay: true, library: otherLibrary, stateSizeBytes: known[0]?.stateSizeBytes },
      { version: null, netplay: false, reason: expect.stringContaining("file too short") as string },
    ]);
    expect(server.logged("session ends")).toBeUndefined();
    expect(await server.sessions()).toEqual([]);
  });

  it("serve each player only the build that they have", async () => {
    const port = await ask(` ${OTHER} `);
    expect(await hostedVersion(port)).toBe(OTHER);
    expect(await hostedVersion(await ask(installed))).toBe(installed.trim());
    expect(await ask(FOREIGN)).toBe(0);
    await server.logs("request refused", { reason: "core-version" });
    expect(server.log.find(({ needed }) => needed === `Nestopia ${FOREIGN}`)).toMatchObject({
      available: [installed.trim(), OTHER, "z-broken_libretro.so (does not host)"],
    });
    const ann = await startPlayer(afterThisTest(), server, { port, nick: "ann", library: otherLibrary });
    await ann.joinedAs(1);
  });

  it("refuse a quick join with another build, and the player reads that the core differs", async () => {
    const options = { port: server.netplayPort, nick: "eve", library: foreignLibrary };
    const eve = await startPlayer(afterThisTest(), server, options);
    await server.logs("client got no room", { nick: "eve", reason: "core-version" });
    await eve.sees("A netplay peer is running a different core. Cannot connect.");
  });

  it("are shown by doctor, and not learned a second time", async () => {
    const before = readFileSync(path.join(server.dataFolder, "core-builds.json"), "utf8");
    const { stdout } = await server.run("doctor");
    expect(stdout).toMatch(
      new RegExp(`build nestopia-${OTHER}_libretro.so: Nestopia ${OTHER}, savestates of`),
    );
    expect(stdout).toMatch(/warning +build z-broken_libretro.so: does not host: .*file too short/);
    const hosts = JSON.parse(before) as { builds: unknown[] };
    const after = readFileSync(path.join(server.dataFolder, "core-builds.json"), "utf8");
    expect(JSON.parse(after)).toMatchObject({ builds: hosts.builds });
  });
});
