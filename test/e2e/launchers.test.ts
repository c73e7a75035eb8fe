import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, it } from "vitest";
import { afterAllTests, afterThisTest, type Cleanup } from "../helpers/cleanup.ts";
import { findDistribution, retroArchProgram, shareCore, thisMachine } from "../helpers/distribution.ts";
import { eventually } from "../helpers/eventually.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { makePlayerHome, openGate, playInShell, type PlayerHome } from "../helpers/player-home.ts";
import { joinSmallClient } from "../helpers/players.ts";
import { nestopia } from "../helpers/retroarch-client.ts";

const page = readFileSync(path.resolve(import.meta.dirname, "../../docs/launchers.md"), "utf8");

const cleanup = afterAllTests();
let server: Netplayd;

beforeAll(async () => {
  server = await Netplayd.start(cleanup);
});

/** The blocks of code of the section whose heading begins with this text. */
function blocksOf(heading: string): string[] {
  const section = page.split(/^## /m).find((each) => each.startsWith(heading)) ?? "";
  return [...section.matchAll(/^```\w+\n(.*?)^```/gms)].map(([, block]) => (block ?? "").trim());
}

/** A line of the page, with this test's addresses, paths and numbers instead of the example's. */
function localised(text: string, { content }: PlayerHome, session = "", library = nestopia.library): string {
  return text
    .replaceAll("play.example.org", "127.0.0.1")
    .replaceAll("55435", String(server.netplayPort))
    .replaceAll("SESSION", session)
    .replaceAll("/usr/lib/libretro/nestopia_libretro.so", library)
    .replaceAll("/home/ann/roms/rally.nes", content)
    .replaceAll("%ROM%", content);
}

/** A player whose RetroArch uses our port by default instead of 55435. */
function playerHome(test: Cleanup, library = nestopia.library): PlayerHome {
  return makePlayerHome(test, "roms", {
    ...openGate(test, library),
    netplay_ip_port: String(server.netplayPort),
  });
}

async function sessionOf(test: Cleanup): Promise<string> {
  await joinSmallClient(test, { port: server.netplayPort });
  return (await server.sessions())[0]?.id ?? "";
}

async function players(count: number): Promise<void> {
  await eventually(`${count} in the room`, async () => (await server.sessions())[0]?.roster.length === count);
}

describe("a line of docs/launchers.md", () => {
  it.each([
    ["RetroArch's command line", (block: string) => block],
    ["Batocera", (block: string) => block],
    ["Other EmulationStations", (block: string) => /<command>(.*)<\/command>/.exec(block)?.[1] ?? ""],
    ["A desktop shortcut", (block: string) => /^Exec=(.*)$/m.exec(block)?.[1] ?? ""],
    [
      "RetroPie",
      // RetroPie's launcher builds its command like this.
      (block: string) =>
        `${block}\neval "retroarch -L /usr/lib/libretro/nestopia_libretro.so /home/ann/roms/rally.nes -$__netplaymode $__netplayhostip_cfile --port $__netplayport --nick $__netplaynickname"`,
    ],
  ])("under %s brings a player into a room", async (heading, toLine) => {
    const test = afterThisTest();
    const home = playerHome(test);
    const [block = ""] = blocksOf(heading);
    await playInShell(test, home, localised(toLine(block), home));
    await players(1);
  });

  it("that names a session joins it", async () => {
    const test = afterThisTest();
    const home = playerHome(test);
    const session = await sessionOf(test);
    await playInShell(test, home, localised(blocksOf("RetroArch's command line")[1] ?? "", home, session));
    await players(2);
  });

  // Only if `npm run test:matrix` has made its folder.
  it.for([findDistribution("trixie") ?? []].flat())(
    "names it in the way of RetroArch 1.17, with the one of $title",
    async (newer) => {
      const test = afterThisTest();
      const scratch = test.folder();
      const program = retroArchProgram(newer, scratch);
      const library = shareCore(thisMachine(), "nestopia", scratch);
      const home = playerHome(test, library);
      const session = await sessionOf(test);
      const line = localised(blocksOf("RetroArch's command line")[2] ?? "", home, session, library);
      await playInShell(test, home, line.replace(/^retroarch/, program));
      await players(2);
    },
  );
});
