import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { expect, it } from "vitest";
import { afterAllTests } from "../helpers/cleanup.ts";
import { eventually } from "../helpers/eventually.ts";
import { Netplayd, program } from "../helpers/netplayd.ts";
import { processesNaming } from "../helpers/process-facts.ts";
import { buildZip } from "../unit/catalog/build-zip.ts";
import { rally, rallyRequest } from "../helpers/rally.ts";
import { nestopia } from "../helpers/retroarch-client.ts";

const cleanup = afterAllTests();

/** How long `verify` waits for a host that does not start. */
const START_SECONDS = 4;

interface ListedGame {
  readonly base: string;
  readonly core: string;
  readonly crc: string;
  readonly state: string;
  readonly verification: {
    readonly reason: string;
    readonly coreVersion: string;
    readonly tookMs: number;
  } | null;
}

/** A core's library and info file in a folder, so that the test can change the info file. */
function placeCore(folder: string, name: string, info: (text: string) => string): string {
  const target = path.join(folder, `${name}_libretro.so`);
  copyFileSync(path.join(path.dirname(nestopia.library), `${name}_libretro.so`), target);
  const text = readFileSync(path.join(path.dirname(nestopia.infoFile), `${name}_libretro.info`), "utf8");
  writeFileSync(path.join(folder, `${name}_libretro.info`), info(text));
  return target;
}

/** The core was renamed over the years; the announced name is the one in its library. */
function nameOf(library: string): string {
  return ["Beetle PCE Fast", "Mednafen PCE Fast"].find((name) => readFileSync(library).includes(name)) ?? "";
}

/** Bytes of a game that differ from the demo's in the last one, which its program never reads. */
function variant(): Buffer {
  const bytes = readFileSync(rally.file);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  return bytes;
}

/** The patch that writes "!!" over two bytes of a game. */
const patch = Buffer.concat([Buffer.from("PATCH"), Buffer.from([0, 0x50, 0, 0, 2]), Buffer.from("!!EOF")]);

it("tries every game in a real host and stores why one fails; with --only-verified only working games are hosted", async () => {
  const folder = cleanup.folder();
  const roms = path.join(folder, "roms");
  mkdirSync(roms);
  const gambatte = placeCore(folder, "gambatte", (text) =>
    text.replace(/^savestate_features.*$/m, 'savestate_features = "serialized"'),
  );
  // The core opens files itself, but its info file does not say so.
  const pce = placeCore(folder, "mednafen_pce_fast", (text) => text);
  const cores = [
    { name: "Nestopia", library: placeCore(folder, "nestopia", (text) => text), netplay: "allow" },
    { name: "Gambatte", library: gambatte },
    { name: nameOf(pce), library: pce },
  ];
  const server = await Netplayd.prepare(cleanup, {
    cores,
    retroarch: { info: folder, system: folder },
    sessions: { startSeconds: START_SECONDS },
  });
  copyFileSync(rally.file, path.join(roms, "good.nes"));
  writeFileSync(path.join(roms, "patched.nes"), variant());
  writeFileSync(path.join(roms, "patched.ips"), patch);
  mkdirSync(path.join(roms, "hacks"));
  writeFileSync(path.join(roms, "archive.zip"), buildZip([{ name: "hacks/inside.nes", data: variant() }]));
  writeFileSync(path.join(roms, "hacks", "inside.ips"), patch);
  writeFileSync(path.join(roms, "told by a host.nes"), variant());
  writeFileSync(path.join(roms, "told by a host.xdelta"), "no patch at all");
  const broken = Buffer.from("no game at all");
  writeFileSync(path.join(roms, "broken.nes"), broken);
  // Nestopia takes it for a disk, which needs a BIOS.
  writeFileSync(
    path.join(roms, "disk.fds"),
    Buffer.concat([Buffer.from("FDS\x1a\x01"), Buffer.alloc(65_511)]),
  );
  writeFileSync(path.join(roms, "not allowed.gb"), Buffer.alloc(32_768));
  writeFileSync(path.join(roms, "not allowed either.gb"), Buffer.alloc(32_768, 1));
  writeFileSync(path.join(roms, "vanished.nes"), "was here when the folder was scanned");
  const large = Buffer.alloc(65 * 1024 ** 2, variant());
  writeFileSync(path.join(roms, "large.zip"), buildZip([{ name: "large.pce", data: large }]));
  await server.run("catalog", "scan", roms);
  rmSync(path.join(roms, "vanished.nes"));

  const list = async (...options: string[]): Promise<ListedGame[]> =>
    JSON.parse((await server.run("catalog", "list", "--json", ...options)).stdout) as ListedGame[];
  const computed = new Map((await list()).map(({ base, crc }) => [base, crc]));
  const verified = await server.run("catalog", "verify", "--parallel", "1");
  expect(verified.stdout.trim()).toBe("6 verified, 5 failed");
  expect(verified.code).toBe(1);
  const refused = await list("--broken");
  const reasons = refused.map(({ base, verification }) => [base, verification?.reason]);
  const notAllowed = expect.stringMatching(
    /^the info file of Gambatte does not allow netplay: set netplay: allow/,
  ) as string;
  expect(reasons).toEqual([
    [
      "broken",
      expect.stringMatching(
        /^Nestopia does not load it: a broken image; or .* put disksys\.rom into .*Failed to load/,
      ),
    ],
    [
      "disk",
      expect.stringContaining(
        `Nestopia looks for a BIOS that is missing, disksys.rom: put it into ${folder} |`,
      ),
    ],
    ["not allowed", notAllowed],
    ["not allowed either", notAllowed],
    [
      "vanished",
      expect.stringMatching(/^its file is gone or may not be read: scan .*Could not read content file/),
    ],
  ]);
  // A core's info file is the same for all its games, so no further host is waited for.
  const took = refused.flatMap(({ core, verification }) =>
    core === "Gambatte" ? [verification?.tookMs] : [],
  );
  expect(took.filter((ms = 0) => ms > START_SECONDS * 1000)).toHaveLength(1);
  const good = await list("--state", "verified");
  const hex = (bytes: Buffer): string => crc32(bytes).toString(16).toUpperCase().padStart(8, "0");
  const patched = variant();
  patched.write("!!", 0x5000, "latin1");
  expect(good.map(({ base, crc }) => [base, crc])).toEqual([
    ["good", rally.crcHex],
    ["inside", hex(patched)],
    ["large", hex(large.subarray(0, 64 * 1024 ** 2))],
    ["patched", hex(patched)],
    ["rally", rally.crcHex],
    // This RetroArch ignores the patch; one built with xdelta refuses it. The outcome is the same.
    ["told by a host", hex(variant())],
  ]);
  const isCertain = ["inside", "patched", "large"].map((base) => computed.get(base));
  expect(isCertain).toEqual([hex(patched), hex(patched), "00000000"]);
  expect(good[0]?.verification?.coreVersion).toMatch(/^1\./);

  await server.serve("--only-verified");
  expect(await server.ask(rallyRequest({ crc: crc32(broken) }))).toBe(0);
  expect(await server.ask(rallyRequest({ crc: crc32(patched) }))).toBeGreaterThan(0);
  await server.logs("request refused", { reason: "not-verified" });
});

it("may be killed: the next trial ends its hosts, and earlier results stay", async () => {
  const server = await Netplayd.prepare(cleanup);
  const roms = path.join(server.folder, "roms");
  mkdirSync(roms);
  for (let index = 0; index < 40; index++) {
    const game = readFileSync(rally.file);
    game.writeUInt8(index, game.length - 2);
    writeFileSync(path.join(roms, `${index}.nes`), game);
  }
  await server.run("catalog", "scan", roms);
  const trials = path.join(server.dataFolder, "trial-");
  const trialFolders = (): string[] =>
    readdirSync(server.dataFolder).filter((name) => name.startsWith("trial-"));
  const args = [program, "catalog", "verify", "--parallel", "1", "--config", server.configFile];
  const verify = spawn(process.execPath, args, { stdio: "ignore" });
  const countVerified = async (): Promise<number> =>
    (JSON.parse((await server.run("catalog", "list", "--json", "--state", "verified")).stdout) as []).length;
  await eventually("some are verified", async () => (await countVerified()) > 2);
  await eventually("a host runs", () => processesNaming(trials).length > 0);
  verify.kill("SIGKILL");
  await new Promise((resolve) => verify.once("exit", resolve));
  expect(await countVerified()).toBeGreaterThan(2);
  expect(trialFolders()).toHaveLength(1);
  expect((await server.run("catalog", "verify", "rally")).code).toBe(0);
  expect(processesNaming(trials)).toEqual([]);
  expect(trialFolders()).toEqual([]);
});
