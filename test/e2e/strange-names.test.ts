import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { crc32 } from "node:zlib";
import { expect, it } from "vitest";
import { afterThisTest } from "../helpers/cleanup.ts";
import { Netplayd, runNetplayd, type CommandResult } from "../helpers/netplayd.ts";
import { joinSmallClient } from "../helpers/players.ts";
import { rally } from "../helpers/rally.ts";
import { buildZip } from "../unit/catalog/build-zip.ts";

/** Sets the window's title, clears the screen in two ways, and writes backwards. */
const evil = "\u001b]0;x\u0007\u001b[2J\u009b2J\u202etxt";
/** Characters that control a terminal, except for our own line breaks. */
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u;

function isHarmless({ stdout, stderr }: CommandResult): boolean {
  return !OBEYED.test(stdout.replaceAll("\r\n", "\n")) && !OBEYED.test(stderr);
}

/** A collection in which every name is a bad one. */
function fillFolder(folder: string): void {
  mkdirSync(folder);
  const game = readFileSync(rally.file);
  const files: Readonly<Record<string, Buffer | string>> = {
    [`${evil} game.nes`]: game,
    [`${evil} broken.nes`]: "no game",
    "two\nlines.nes": "no game either",
    [`${evil} patched.nes`]: "another",
    [`${evil} patched.xdelta`]: "for a host",
    [`${evil} disc.cue`]: `FILE "${evil}.bin" BINARY`,
    [`${evil} archive.zip`]: buildZip([
      { name: `${evil} member.nes`, data: Buffer.from("member") },
      { name: `../${evil}.nes`, data: Buffer.from("out") },
    ]),
    [`${evil} damaged.zip`]: "PK\u0003\u0004",
  };
  for (const [name, data] of Object.entries(files)) {
    writeFileSync(path.join(folder, name), data);
  }
}

it("reach a terminal escaped, in each command and from each source", async () => {
  const test = afterThisTest();
  const server = await Netplayd.prepare(test, {
    rooms: [{ name: "the room", core: rally.core, game: `${evil} game` }],
  });
  const roms = path.join(server.folder, `${evil} folder`);
  fillFolder(roms);
  const dat = path.join(server.folder, "names.dat");
  const sum = crc32("member").toString(16);
  writeFileSync(
    dat,
    `clrmamepro ( name "${evil} DAT" )\ngame ( name "${evil} title" rom ( name x size 6 crc ${sum} ) )`,
  );
  const harmless = async (...args: string[]): Promise<CommandResult> => {
    const result = await server.run(...args);
    expect(isHarmless(result), `${JSON.stringify(args)}\n${JSON.stringify(result, null, 2)}`).toBe(true);
    return result;
  };

  expect((await harmless("catalog", "scan", roms)).stderr).toContain("\\u{1b}]0;x\\u{7}");
  await harmless("catalog", "import", dat);
  await harmless("catalog", "import", path.join(roms, `${evil} game.nes`));
  await harmless("catalog", "add", path.join(roms, `${evil} nowhere.nes`));
  const { stdout } = await harmless("catalog", "list", "--json");
  const games = JSON.parse(stdout) as { id: number; name: string; content: string }[];
  // The data is exact; only its spelling differs.
  expect(games.map(({ name }) => name)).toContain(`${evil} title`);
  expect(games.map(({ content }) => content)).toContain(path.join(roms, "two\nlines.nes"));
  await harmless("catalog", "verify");
  const game = games.find(({ name }) => name === `${evil} game`);
  const [table, csv] = await Promise.all([
    harmless("catalog", "list"),
    harmless("catalog", "list", "--csv"),
    harmless("catalog", "show", String(game?.id)),
    harmless("catalog", "export", "--to", path.join(server.folder, `${evil}.lpl`)),
    harmless("catalog", "export", "--to", path.join(server.folder, evil)),
    harmless("catalog", "backup", path.join(server.folder, evil, "nowhere")),
    harmless("catalog", "remove", evil),
    harmless("doctor"),
  ]);
  expect(table.stdout.trim().split("\n")).toHaveLength(games.length + 1);
  expect(csv.stdout.split("\r\n")).toHaveLength(games.length + 2);

  await server.serve();
  await joinSmallClient(test, { port: server.netplayPort, nick: "\u001b[2J\u202ebob" });
  expect((await harmless("sessions")).stdout).toContain("\\u{1b}[2J\\u{202e}bob");
  const at = `127.0.0.1:${server.netplayPort}`;
  await Promise.all([
    harmless("rooms"),
    harmless("cores"),
    harmless("check", path.join(roms, `${evil} game.nes`), "--core", rally.core, "--server", at),
    harmless("probe", `${evil}:1`),
    ...[[evil], ["catalog", evil], ["serve", "--config", evil]].map(async (args) => {
      expect(isHarmless(await runNetplayd(args)), JSON.stringify(args)).toBe(true);
    }),
  ]);
});

it("reach the log at a terminal escaped, and break no line", () => {
  const logging = pathToFileURL(path.resolve(import.meta.dirname, "../../dist/logging/index.js")).href;
  const shared = pathToFileURL(path.resolve(import.meta.dirname, "../../dist/shared/index.js")).href;
  const facts = { game: evil, list: [evil], room: { name: evil } };
  const program = `
    import { createLogger } from ${JSON.stringify(logging)};
    import { systemClock } from ${JSON.stringify(shared)};
    const logger = createLogger({ level: "info", pretty: true, clock: systemClock });
    logger.warn({ ...${JSON.stringify(facts)}, err: new Error(${JSON.stringify(evil)}) }, ${JSON.stringify(evil)});`;
  const shown = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  expect(OBEYED.test(shown), JSON.stringify(shown)).toBe(false);
  expect(shown).toContain("\\u{1b}]0;x\\u{7}");
  expect(shown).toMatch(/\n +at /);
});
