import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { renderKeyValues } from "../../src/retroarch/index.ts";
import { afterThisTest } from "../helpers/cleanup.ts";
import { releases, retroArchProgram, shareCore } from "../helpers/distribution.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { pickRoom } from "../helpers/pick-room.ts";
import { rally } from "../helpers/rally.ts";
import { clientEnvironment, nestopia, quietConfig } from "../helpers/retroarch-client.ts";
import { buildRdb } from "../unit/catalog/dat/formats/build-rdb.ts";
import { buildZip } from "../unit/catalog/build-zip.ts";
import { requireDistribution } from "./make-distribution.ts";

const SYSTEM = "Nintendo - Nintendo Entertainment System";

/** Debian's RetroArch has it from 1.20 on. */
const releasesWithScan = releases.filter((release) => release !== "bookworm");

function itemsOf(playlist: string): unknown {
  return (JSON.parse(readFileSync(playlist, "utf8")) as { readonly items: unknown }).items;
}

describe("a playlist of the catalog", () => {
  it.for([...releases])("is where the RetroArch of %s finds the game of a room", async (release, context) => {
    const test = afterThisTest(context);
    const oldest = requireDistribution(releases[0]);
    const library = shareCore(oldest, "nestopia", test.folder());
    const { server } = await pickRoom(test, requireDistribution(release), library);
    expect(await server.sessions()).toMatchObject([{ game: "rally", roster: [{ nick: "ann" }] }]);
  });

  it.for(releasesWithScan)("has the items that a scan of %s's RetroArch writes", async (release, context) => {
    const test = afterThisTest(context);
    const server = await Netplayd.prepare(test);
    const [id] = JSON.parse((await server.run("catalog", "list", "--json")).stdout) as { id: number }[];
    await server.run("catalog", "remove", String(id?.id));
    const [roms, home] = [path.join(server.folder, "roms"), path.join(server.folder, "home")];
    mkdirSync(path.join(home, "playlists"), { recursive: true });
    mkdirSync(roms);
    const other = readFileSync(rally.file);
    other.writeUInt8(1, other.length - 1);
    copyFileSync(rally.file, path.join(roms, "a file name.nes"));
    writeFileSync(
      path.join(roms, "archive.zip"),
      buildZip([{ name: "in/other.nes", data: other, deflate: true }]),
    );
    const database = path.join(home, `${SYSTEM}.rdb`);
    writeFileSync(
      database,
      buildRdb([
        { name: "Rally (World)", sizeBytes: other.length, crc: rally.crc },
        { name: "Pokémon - 星 (Japan)", sizeBytes: other.length, crc: crc32(other) },
      ]),
    );

    const config = path.join(home, "retroarch.cfg");
    const settings = {
      ...quietConfig(home),
      playlist_directory: path.join(home, "playlists"),
      content_database_path: home,
      libretro_directory: path.dirname(nestopia.library),
      libretro_info_path: path.dirname(nestopia.infoFile),
    };
    writeFileSync(config, renderKeyValues(settings));
    const program = retroArchProgram(requireDistribution(release), home);
    const scanned = spawnSync(program, ["-c", config, `--scan=${roms}`], {
      env: clientEnvironment(home),
      encoding: "utf8",
      timeout: 30_000,
    });
    expect(scanned).toMatchObject({ status: 0, signal: null });

    const to = path.join(server.folder, "netplayd.lpl");
    for (const args of [
      ["scan", roms],
      ["import", database],
      ["export", "--here", "--to", to],
    ]) {
      expect(await server.run("catalog", ...args)).toMatchObject({ code: 0 });
    }
    const items = itemsOf(path.join(home, "playlists", `${SYSTEM}.lpl`));
    expect(items).toHaveLength(2);
    expect(itemsOf(to)).toEqual(items);
  });
});
