import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import type { Cleanup } from "./cleanup.ts";
import { eventually } from "./eventually.ts";
import { buttons, type RetroArchClient } from "./retroarch-client.ts";

/** A room in a lobby's list. */
export interface LobbyRoom {
  readonly core: string;
  readonly game: string;
  /** Eight hex digits. */
  readonly crc: string;
  /** A port of this machine. */
  readonly port: number;
}

/** Frames until the menu takes buttons, and until it has sorted a new list. */
const MENU_FRAMES = 30;

/** Built into RetroArch. */
const LIST_URL = "http://lobby.libretro.com/list";

const shown = "content_show_netplay";
const hidden = [
  ..."load_core load_content load_disc dump_disc eject_disc online_updater information configurations help"
    .split(" ")
    .map((entry) => `menu_show_${entry}`),
  ..."quit_retroarch restart_retroarch reboot shutdown".split(" ").map((entry) => `menu_show_${entry}`),
  ..."settings playlists history favorites add explore contentless_cores"
    .split(" ")
    .map((entry) => `content_show_${entry}`),
];

/** Settings with which Netplay comes first in the main menu. */
export const netplayFirst: Readonly<Record<string, string>> = {
  [shown]: "true",
  ...Object.fromEntries(hidden.map((key) => [key, "false"])),
};

/** A lobby that lists one room. */
export class Lobby {
  readonly #url: string;
  #asked = 0;

  private constructor(url: string) {
    this.#url = url;
  }

  static async open(cleanup: Cleanup, room: LobbyRoom): Promise<Lobby> {
    const server = createServer((_request, response) => {
      lobby.#asked++;
      response.end(JSON.stringify([{ fields: toFields(room) }]));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanup.defer(() => {
      server.close();
      server.closeAllConnections();
    });
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const lobby = new Lobby(`http://127.0.0.1:${port}/list`);
    return lobby;
  }

  /** A copy of RetroArch that asks this lobby instead of libretro's. */
  retroArch(binary: string, folder: string): string {
    const program = readFileSync(binary);
    const at = program.indexOf(`${LIST_URL}\0`);
    if (at < 0) {
      throw new Error(`${binary} does not hold ${LIST_URL}`);
    }
    program.write(this.#url.padEnd(LIST_URL.length, "/"), at, "latin1");
    const copy = path.join(folder, "retroarch-with-this-lobby");
    writeFileSync(copy, program);
    chmodSync(copy, 0o755);
    return copy;
  }

  /** A player in the main menu, started with `netplayFirst`, refreshes the list of rooms and picks the only room. */
  async pickRoom(player: RetroArchClient): Promise<void> {
    await player.sees("Bringing up remote interface");
    await player.pause(MENU_FRAMES);
    await player.press(buttons.A);
    // Host, Connect, Network and Lobby Filters come before Refresh Netplay Host List; the LAN list comes between it and the rooms.
    await player.press(buttons.DOWN, 4);
    const before = this.#asked;
    await player.press(buttons.A);
    await eventually("the lobby is asked", () => this.#asked > before);
    await player.pause(MENU_FRAMES);
    await player.press(buttons.DOWN, 2);
    await player.press(buttons.A);
  }
}

/** All fields of the lobby server; RetroArch hides a room without some of them. */
function toFields({ core, game, crc, port }: LobbyRoom): Readonly<Record<string, unknown>> {
  return {
    username: "netplayd",
    game_name: game,
    game_crc: crc,
    core_name: core,
    core_version: "",
    subsystem_name: "N/A",
    retroarch_version: "1.14.0",
    frontend: "unix x64",
    ip: "127.0.0.1",
    port,
    host_method: 1,
    has_password: false,
    has_spectate_password: false,
    connectable: true,
    is_retroarch: true,
  };
}
