import { createSocket } from "node:dgram";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { afterAllTests, afterThisTest } from "../helpers/cleanup.ts";
import { freeTcpRange, freeUdpPort } from "../helpers/free-ports.ts";
import { Netplayd, runNetplayd, type ServerOptions } from "../helpers/netplayd.ts";
import { joinSmallClient } from "../helpers/players.ts";
import { rally } from "../helpers/rally.ts";

const ROOMY: ServerOptions = { sessions: { max: 4, startSeconds: 3 } };

const cleanup = afterAllTests();
/** For tests that do not change its files. */
let shared: Netplayd;

beforeAll(async () => {
  shared = await Netplayd.prepare(cleanup, ROOMY);
});

interface Finding {
  readonly subject: string;
  readonly status: "ok" | "warning" | "failed";
  readonly message: string;
}

interface Diagnosis {
  readonly code: number | null;
  readonly findings: Finding[];
  /** The failed checks, one line each. */
  readonly failures: string;
}

type Section = Readonly<Record<string, unknown>>;

interface Changes {
  readonly data?: string;
  readonly control?: Section;
  readonly sessions?: Section;
  readonly retroarch?: Section;
  readonly core?: Section;
  readonly rooms?: readonly Section[];
}

let configs = 0;

/** Runs the doctor on the server's configuration with these changes; several may run at once. */
async function examine(server: Netplayd, changes: Changes = {}): Promise<Diagnosis> {
  const config = parse(readFileSync(server.configFile, "utf8")) as {
    data: string;
    control: Section;
    sessions: Section;
    retroarch: Section;
    cores: Section[];
  };
  const changed = {
    data: changes.data ?? config.data,
    control: { ...config.control, port: await freeUdpPort(), ...changes.control },
    netplay: { host: "127.0.0.1", port: await freeTcpRange(1) },
    sessions: { ...config.sessions, ...changes.sessions },
    retroarch: { ...config.retroarch, ...changes.retroarch },
    cores: config.cores.map((core) => ({ ...core, ...changes.core })),
    rooms: changes.rooms ?? [],
  };
  const file = path.join(server.folder, `changed-${++configs}.yaml`);
  writeFileSync(file, stringify(changed));
  const { code, stdout } = await runNetplayd(["doctor", "--json", "--config", file]);
  const findings = JSON.parse(stdout) as Finding[];
  const failures = findings
    .filter(({ status }) => status === "failed")
    .map(({ subject, message }) => `${subject}: ${message}`);
  return { code, findings, failures: failures.join("\n") };
}

describe.concurrent("netplayd doctor", () => {
  it("finds no fault where games can be hosted, after hosting one, and leaves no file", async (context) => {
    const server = await Netplayd.prepare(afterThisTest(context), ROOMY);
    const before = readdirSync(server.dataFolder);
    const { code, findings } = await examine(server);
    expect({ code, wrong: findings.filter(({ status }) => status !== "ok") }).toEqual({ code: 0, wrong: [] });
    expect(findings).toContainEqual({
      subject: "hosting with Nestopia",
      status: "ok",
      message: expect.stringMatching(/^rally was up after \d+ ms/) as unknown,
    });
    // Only what it learned of the core's build is stored.
    expect(readdirSync(server.dataFolder).sort()).toEqual([...before, "core-builds.json"].sort());
    const { stdout } = await server.run("doctor");
    expect(stdout.trim().split("\n")).toHaveLength(findings.length);
  });

  it("may run in a folder that its user may not enter, as after runuser", async (context) => {
    const test = afterThisTest(context);
    const folder = test.folder();
    test.defer(() => {
      chmodSync(folder, 0o700);
    });
    // Root may enter every folder, unless it gives up that right.
    const without = "-dac_override,-dac_read_search";
    const asUser = process.getuid?.() === 0 ? `setpriv --bounding-set=${without} --inh-caps=${without}` : "";
    const stand = `chmod 700 "$1" && cd "$1" && chmod 000 "$1" && shift && exec ${asUser} "$@"`;
    const server = await Netplayd.prepare(test, { ...ROOMY, under: ["sh", "-c", stand, "sh", folder] });
    expect(await server.run("doctor")).toMatchObject({ code: 0, stderr: "" });
  });

  it("finds no fault while the server runs, and does not disturb it", async (context) => {
    const test = afterThisTest(context);
    const server = await Netplayd.start(test, ROOMY);
    const port = await server.ask();
    const ann = await joinSmallClient(test, { port });
    expect(await examine(server)).toMatchObject({ code: 0, failures: "" });
    expect(ann.end).toBeUndefined();
  });

  it("names the key to change for a core whose info file forbids netplay, with RetroArch's message", async () => {
    const { code, failures } = await examine(shared, { core: { netplay: "info" } });
    expect(code).toBe(1);
    expect(failures).toMatch(/^core Nestopia: .*nestopia_libretro\.info says serialized .*netplay: allow/m);
    expect(failures).toMatch(/^hosting with Nestopia: .*Core does not support netplay/m);
  });

  it.each<[string, Changes, RegExp]>([
    [
      "a missing RetroArch",
      { retroarch: { binary: "./no-retroarch" } },
      /^RetroArch: .*no-retroarch.*install it/m,
    ],
    [
      "another program than RetroArch",
      { retroarch: { binary: "/bin/true" } },
      /^RetroArch: .*really RetroArch/m,
    ],
    [
      "a missing core",
      { core: { library: "no_libretro.so" } },
      /^core Nestopia: .*no_libretro\.so is not there.*correct library/m,
    ],
    [
      "a missing info file",
      { retroarch: { info: "." }, core: { netplay: "info" } },
      /^core Nestopia: .*nestopia_libretro\.info is not there.*libretro-core-info/m,
    ],
    [
      "a room whose game is not in the catalog",
      {
        rooms: [
          { name: "Friday", core: "Nestopia", game: "rally" },
          { name: "Soon", core: "Nestopia", game: "nowhere" },
        ],
      },
      /^room Soon: nowhere cannot be hosted: .*run netplayd catalog scan, or correct the room's game/m,
    ],
    [
      "an address that is not this machine's",
      { sessions: { host: "192.0.2.1" } },
      /^session ports: none of .*set sessions\.host/m,
    ],
    ["a data folder that cannot be made", { data: "./rally.nes/data" }, /^data folder: .*change data/m],
    ["a catalog without games", { data: "./empty" }, /^catalog: .*catalog add/m],
  ])("says what to do about %s", async (_, changes, expected) => {
    const { code, failures } = await examine(shared, changes);
    expect(code).toBe(1);
    expect(failures).toMatch(expected);
  });

  it("says what to do about a control port that another program holds", async (context) => {
    const socket = createSocket("udp4");
    afterThisTest(context).defer(() => socket.close());
    await new Promise<void>((resolve) => {
      socket.bind(0, "127.0.0.1", resolve);
    });
    const { code, failures } = await examine(shared, { control: { port: socket.address().port } });
    expect(code).toBe(1);
    expect(failures).toMatch(/^control port: .*ss -ulpn.*change control/m);
  });

  it("says what to do about content that is gone", async (context) => {
    const server = await Netplayd.prepare(afterThisTest(context), ROOMY);
    rmSync(server.content);
    const { code, failures } = await examine(server);
    expect(code).toBe(1);
    expect(failures).toMatch(/^catalog: cannot read .*rally\.nes.*scan/m);
  });

  it("shows RetroArch's own message about a game that it cannot run", async (context) => {
    const server = await Netplayd.prepare(afterThisTest(context), ROOMY);
    rmSync(server.content);
    const folder = path.join(server.folder, "broken");
    mkdirSync(folder);
    writeFileSync(path.join(folder, "broken.nes"), readFileSync(rally.file).fill(0, 0, 4));
    await server.run("catalog", "scan", server.folder);
    const { code, failures } = await examine(server);
    expect(code).toBe(1);
    expect(failures).toMatch(/^hosting with Nestopia: broken .*Failed to load content/m);
  });
});
