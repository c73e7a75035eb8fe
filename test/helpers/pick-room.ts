import { copyFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import type { Cleanup } from "./cleanup.ts";
import { retroArchFile, retroArchProgram, type Distribution } from "./distribution.ts";
import { Lobby, netplayFirst } from "./lobby.ts";
import { Netplayd } from "./netplayd.ts";
import { rally } from "./rally.ts";
import { RetroArchClient } from "./retroarch-client.ts";

/** A player who has picked a room, and the playlists of their RetroArch. */
interface Picked {
  readonly server: Netplayd;
  /** Where the player's games are. */
  readonly roms: string;
  /** The only playlist with paths. */
  readonly playlist: string;
}

/**
 * A player picks this server's room from a lobby, with no game loaded and two playlists of the server's catalog: one has no
 * paths, the other one names a folder that does not exist. Resolves when the player plays.
 */
export async function pickRoom(test: Cleanup, player: Distribution, library?: string): Promise<Picked> {
  const core = library === undefined ? {} : { core: { library } };
  const server = await Netplayd.start(test, core);
  const [roms, playlists] = [path.join(server.folder, "own games"), path.join(server.folder, "playlists")];
  mkdirSync(roms);
  mkdirSync(playlists);
  copyFileSync(rally.file, path.join(roms, "rally.nes"));
  const playlist = path.join(playlists, "netplayd.lpl");
  for (const args of [[path.join(playlists, "names.lpl")], [playlist, "--folder", "/nobody/has/this"]]) {
    const exported = await server.run("catalog", "export", "--to", ...args);
    if (exported.code !== 0) {
      throw new Error(exported.stderr);
    }
  }
  // Only the CRC finds it: the room's game has another name.
  const room = { core: rally.core, game: "another name", crc: rally.crcHex, port: server.netplayPort };
  const lobby = await Lobby.open(test, room);
  const program = lobby.retroArch(retroArchFile(player), server.folder);
  const client = await RetroArchClient.start({
    folder: server.folder,
    port: server.netplayPort,
    nick: "ann",
    binary: retroArchProgram(player, server.folder, program),
    menu: true,
    ...(library === undefined ? {} : { library }),
    config: {
      ...netplayFirst,
      playlist_directory: playlists,
      playlist_portable_paths: "true",
      rgui_browser_directory: roms,
    },
  });
  test.defer(() => client.stop());
  await lobby.pickRoom(client);
  await client.joinedAs(1);
  return { server, roms, playlist };
}
