import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { afterThisTest } from "../helpers/cleanup.ts";
import { Lobby, netplayFirst } from "../helpers/lobby.ts";
import { Netplayd } from "../helpers/netplayd.ts";
import { rally } from "../helpers/rally.ts";
import { RetroArchClient } from "../helpers/retroarch-client.ts";

describe("a playlist of the catalog, in a stock RetroArch whose player picks a room of the lobby", () => {
  it("is where RetroArch finds the game, by nothing but its CRC, in the folder that is the player's own", async () => {
    const test = afterThisTest();
    const server = await Netplayd.start(test);
    const roms = path.join(server.folder, "own games");
    const playlists = path.join(server.folder, "playlists");
    for (const folder of [roms, playlists]) {
      mkdirSync(folder);
    }
    copyFileSync(rally.file, path.join(roms, "rally.nes"));
    const to = path.join(playlists, "netplayd.lpl");
    const operatorsGuess = ["--folder", "/nobody/has/this"];
    // The first one tells no paths: RetroArch has to pass over it, whichever it reads first.
    for (const args of [[path.join(playlists, "names.lpl")], [to, ...operatorsGuess]]) {
      expect(await server.run("catalog", "export", "--to", ...args)).toMatchObject({ code: 0 });
    }
    const lobby = await Lobby.open(test, {
      core: rally.core,
      game: "known by another name",
      crc: rally.crcHex,
      port: server.doorPort,
    });
    const ann = await RetroArchClient.start({
      folder: server.folder,
      port: server.doorPort,
      nick: "ann",
      binary: lobby.retroArch("/usr/bin/retroarch", server.folder),
      menu: true,
      config: {
        ...netplayFirst,
        playlist_directory: playlists,
        playlist_portable_paths: "true",
        rgui_browser_directory: roms,
      },
    });
    test.defer(() => ann.stop());
    await lobby.pickRoom(ann);
    await ann.joinedAs(1);
    expect(await server.sessions()).toMatchObject([{ game: "rally", roster: [{ nick: "ann" }] }]);
    // RetroArch has read it, put its own folder into it and written it again.
    expect(JSON.parse(readFileSync(to, "utf8"))).toMatchObject({
      base_content_directory: roms,
      items: [{ path: path.join(roms, "rally.nes"), crc32: `${rally.crcHex}|crc` }],
    });
  });
});
