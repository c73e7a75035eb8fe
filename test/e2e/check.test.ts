import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { withNetplayAllowed } from "../../src/retroarch/index.ts";
import { afterAllTests, afterThisTest } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { freeTcpRange } from "../helpers/free-ports.ts";
import { Netplayd, runNetplayd, type CommandResult } from "../helpers/netplayd.ts";
import { joinSmallClient, startPlayer } from "../helpers/players.ts";
import { rally } from "../helpers/rally.ts";
import { nestopia } from "../helpers/retroarch-client.ts";

const cleanup = afterAllTests();
let server: Netplayd;
/** The version of the core that is installed here; the server has the same one. */
let version: string;
/** A copy of the core whose info file lets it play online. */
let openLibrary: string;

beforeAll(async () => {
  const exact = { name: "Nestopia", library: nestopia.library, netplay: "allow", versionPolicy: "exact" };
  const arcade = { name: "Arcade", library: nestopia.library, netplay: "allow", match: "name" };
  server = await Netplayd.start(cleanup, { cores: [exact, arcade], sessions: { max: 1, maxClients: 1 } });
  version = String((await server.logs("core build tried", { core: "Nestopia" })).version);
  const folder = cleanup.folder();
  openLibrary = path.join(folder, "nestopia_libretro.so");
  copyFileSync(nestopia.library, openLibrary);
  const info = withNetplayAllowed(readFileSync(nestopia.infoFile, "utf8"));
  writeFileSync(path.join(folder, "nestopia_libretro.info"), info);
});

interface CheckedPlayer {
  readonly content?: string;
  readonly core?: string;
  /** Undefined: learned by hosting. */
  readonly coreVersion?: string | undefined;
  readonly session?: string;
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** By default a player with the server's content and core, on the netplay port. */
function check(given: CheckedPlayer = {}): Promise<CommandResult> {
  const { content = rally.file, core = "Nestopia", session, options = [] } = given;
  const coreVersion = "coreVersion" in given ? given.coreVersion : version;
  const env = { ...process.env, XDG_CACHE_HOME: cleanup.folder(), ...given.env };
  const address = `127.0.0.1:${server.netplayPort}${session === undefined ? "" : `/${session}`}`;
  const known = coreVersion === undefined ? [] : ["--core-version", coreVersion];
  const args = ["check", content, "--core", core, "--server", address, "--library", openLibrary];
  return runNetplayd([...args, ...known, ...options], { env });
}

function refusal(text: string): object {
  return { code: 3, stdout: "", stderr: expect.stringContaining(text) as string };
}

describe("netplayd check on the netplay port", () => {
  it("accepts the server's content and core, with the version that the player's own RetroArch prints", async () => {
    expect(await check({ coreVersion: undefined })).toMatchObject({
      code: 0,
      stdout: `Accepted: Nestopia ${version} hosts this content.\n`,
    });
  });

  it("says that the info file here does not allow netplay", async () => {
    const options = ["--library", nestopia.library];
    expect(await check({ options })).toMatchObject(
      refusal("The server accepts it, but the info file of Nestopia"),
    );
  });

  it("says what to change: core, content, version, address, RetroArch", async () => {
    const other = path.join(cleanup.folder(), "other.nes");
    writeFileSync(other, "another game");
    const old = path.join(cleanup.folder(), "retroarch");
    writeFileSync(old, "#!/bin/sh\necho 'RetroArch: Frontend for libretro -- v1.9.0 --'\n", { mode: 0o755 });
    // None of these checks takes the only slot, not even for a moment.
    const [core, content, build, arcade] = await Promise.all([
      check({ core: "FCEUmm" }),
      check({ content: other }),
      check({ coreVersion: "0.1" }),
      check({ core: "Arcade" }),
    ]);
    const retroarch = await check({ options: ["--retroarch", old] });
    expect(core).toMatchObject(refusal("The server does not have the core FCEUmm: use Nestopia"));
    expect(content).toMatchObject(refusal("The server does not have this content (CRC "));
    expect(build).toMatchObject(refusal(`is version ${version}, yours 0.1`));
    expect(arcade).toMatchObject(refusal("use netplayd play, or the id of a session"));
    expect(retroarch).toMatchObject(refusal("RetroArch 1.9.0 is too old"));
  });

  it("says that no server answers", async () => {
    const port = String(await freeTcpRange(1));
    expect(await check({ options: ["--port", port] })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("Nothing listens") as string,
    });
  });

  it("says that the server is full", async () => {
    await joinSmallClient(afterThisTest(), { port: server.netplayPort, coreVersion: version });
    expect(await check()).toMatchObject(refusal("It is full"));
  });
});

describe("a room with a password", () => {
  it("is checked and probed with the password from the environment or from a file", async () => {
    const test = afterThisTest();
    const port = server.netplayPort;
    await startPlayer(test, server, { port, nick: "ann", hosts: true, password: "elm" });
    const room = await eventually("a relayed room", async () =>
      (await server.sessions()).find(({ kind }) => kind === "relayed"),
    );
    const file = path.join(server.folder, "word");
    writeFileSync(file, "elm\n");
    const session = room.id;
    const [none, wrong, right] = await Promise.all([
      check({ session }),
      check({ session, env: { NETPLAYD_PASSWORD: "elk" } }),
      check({ session, options: ["--password-file", file] }),
    ]);
    expect(none).toMatchObject(refusal("name it with --password-file or NETPLAYD_PASSWORD"));
    expect(wrong).toMatchObject(refusal("another password"));
    expect(right).toMatchObject({ code: 0, stdout: expect.stringContaining("Accepted") as string });

    const probe = (...options: string[]): Promise<CommandResult> =>
      runNetplayd(["probe", `127.0.0.1:${port}/${session}`, "--info", ...options]);
    expect(await probe()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("it asks for a password first") as string,
    });
    expect(await probe("--password-file", file, "--json")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`"crc": "${rally.crcHex}"`) as string,
    });
  });
});
