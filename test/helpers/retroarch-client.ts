import { createSocket, type Socket } from "node:dgram";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { startBackgroundProcess, type BackgroundProcess } from "../../src/processes/index.ts";
import { renderKeyValues, withNetplayAllowed } from "../../src/retroarch/index.ts";
import { eventually } from "./eventually.ts";
import { freeUdpPort } from "./free-ports.ts";

/** RetroPad buttons by their libretro id. */
export const buttons = { B: 0, SELECT: 2, START: 3, UP: 4, DOWN: 5, LEFT: 6, RIGHT: 7, A: 8 } as const;

export interface ClientOptions {
  /** A folder for the folders of the clients. */
  readonly folder: string;
  readonly port: number;
  readonly nick: string;
  /** The content; without it, RetroArch shows its menu. */
  readonly content?: string;
  readonly library?: string;
  readonly spectate?: boolean;
  /** A session's id: joins it through the netplay port. */
  readonly session?: string;
  /** How it names the session: in the address (since 1.10), or with the option `--mitm-session` (since 1.17). */
  readonly sessionIn?: "address" | "switch";
  /** Hosts, relayed by the server at `port`, instead of joining. */
  readonly hosts?: boolean;
  /** The password of its room, when it hosts. */
  readonly password?: string;
  /** Has a menu, so that it can be asked for a password. Without one RetroArch crashes at the question. */
  readonly menu?: boolean;
  /** The player's RetroArch; by default the one of this machine. */
  readonly binary?: string;
  /** Further settings. */
  readonly config?: Readonly<Record<string, string>>;
}

/** RetroArch's on-screen keyboard; the cursor begins on its first key. */
const KEYBOARD = ["1234567890", "qwertyuiop", "asdfghjkl@", "zxcvbnm"];

/** Frames until the on-screen keyboard takes buttons; 3 were enough in tests. */
const KEYBOARD_FRAMES = 12;

/** Debian's paths of the core and its info file. */
export const nestopia = {
  library: "/usr/lib/x86_64-linux-gnu/libretro/nestopia_libretro.so",
  infoFile: "/usr/share/libretro/info/nestopia_libretro.info",
};

interface ClientPorts {
  /** Port of RetroArch's network commands. */
  readonly command: number;
  /** Port of RetroArch's network gamepad. */
  readonly gamepad: number;
}

/** A player's stock RetroArch without a screen: tests press its buttons and read its memory. */
export class RetroArchClient {
  readonly nick: string;
  readonly folder: string;
  readonly #process: BackgroundProcess;
  readonly #socket: Socket;
  readonly #ports: ClientPorts;

  private constructor(
    nick: string,
    folder: string,
    process: BackgroundProcess,
    socket: Socket,
    ports: ClientPorts,
  ) {
    this.nick = nick;
    this.folder = folder;
    this.#process = process;
    this.#socket = socket;
    this.#ports = ports;
  }

  static async start(options: ClientOptions): Promise<RetroArchClient> {
    const { nick, content, library = nestopia.library, binary = "retroarch" } = options;
    const ports = { command: await freeUdpPort(), gamepad: await freeUdpPort() };
    const folder = mkdtempSync(path.join(options.folder, `${nick}-`));
    const configFile = prepareClientFolder(folder, options, ports);
    const task = content === undefined ? ["--menu"] : [...destination(options), "-L", library, content];
    const started = await startBackgroundProcess({
      binary,
      args: ["--verbose", "-c", configFile, "--nick", nick, ...task],
      env: clientEnvironment(folder),
      cwd: folder,
      logFile: path.join(folder, "retroarch.log"),
    });
    if (!started.ok) {
      throw new Error(started.reason);
    }
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => {
      socket.bind(0, "127.0.0.1", resolve);
    });
    return new RetroArchClient(nick, folder, started.value, socket, ports);
  }

  get pid(): number {
    return this.#process.pid;
  }

  log(): string {
    return readFileSync(path.join(this.folder, "retroarch.log"), "latin1");
  }

  /** Resolves when the log shows that this client plays, as `player`. */
  async joinedAs(player: number): Promise<void> {
    await this.sees(`You have joined as player ${player}`);
  }

  /** Resolves when this text is in the log. */
  async sees(text: string, deadlineMs = 15_000): Promise<void> {
    await eventually(
      `"${text}" in the log of ${this.nick}`,
      () => this.log().includes(text),
      deadlineMs,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.log().split("\n").slice(-25).join("\n")}`);
    });
  }

  /** Bytes of the game's memory. */
  async ram(address: number, length: number): Promise<number[]> {
    const query = `READ_CORE_RAM ${address.toString(16)} ${length}`;
    return eventually(`an answer of ${this.nick} to ${query}`, () => this.#ask(query, length));
  }

  /** Holds exactly these buttons from now on. */
  async hold(...held: number[]): Promise<void> {
    for (const id of Object.values(buttons)) {
      await this.#sendButton(id, held.includes(id));
    }
  }

  /** Types a password of small letters and digits when RetroArch asks for one, and confirms it. The gamepad moves over the on-screen keyboard. */
  async type(password: string): Promise<void> {
    // RetroArch 1.20 and newer ignores buttons while the keyboard appears.
    await this.pause(KEYBOARD_FRAMES);
    let [row, column] = [0, 0];
    for (const letter of password) {
      const to = keyOf(letter);
      await this.press(to.row > row ? buttons.DOWN : buttons.UP, Math.abs(to.row - row));
      await this.press(to.column > column ? buttons.RIGHT : buttons.LEFT, Math.abs(to.column - column));
      await this.press(buttons.A);
      [row, column] = [to.row, to.column];
    }
    await this.press(buttons.START);
  }

  /** Leaves like a player who closes RetroArch, which saves. */
  async quit(): Promise<void> {
    this.#process.signal("SIGTERM");
    await this.#process.exit;
  }

  /** Ends it with SIGKILL. */
  async stop(): Promise<void> {
    this.#socket.close();
    this.#process.signal("SIGKILL");
    await this.#process.exit;
  }

  #ask(query: string, length: number): Promise<number[] | undefined> {
    const question = query.slice(0, query.lastIndexOf(" ") + 1);
    return new Promise((resolve) => {
      const finish = (bytes: number[] | undefined): void => {
        clearTimeout(timer);
        this.#socket.off("message", onMessage);
        resolve(bytes);
      };
      const onMessage = (message: Buffer): void => {
        const answer = message.toString("latin1");
        const bytes = answer.slice(question.length).trim().split(" ");
        if (answer.startsWith(question) && bytes.length === length) {
          finish(bytes.map((byte) => Number.parseInt(byte, 16)));
        }
      };
      const timer = setTimeout(() => {
        finish(undefined);
      }, 250);
      this.#socket.on("message", onMessage);
      this.#socket.send(query, this.#ports.command, "127.0.0.1");
    });
  }

  /** Presses nothing for this number of frames. */
  async pause(frames: number): Promise<void> {
    for (let frame = 0; frame < frames; frame++) {
      await this.#sendButton(buttons.A, false);
    }
  }

  /** Presses a button this number of times. RetroArch reads one packet a frame: the button is down for two frames, and up for two. */
  async press(id: number, times = 1): Promise<void> {
    for (let tap = 0; tap < times; tap++) {
      for (const held of [true, true, false, false]) {
        await this.#sendButton(id, held);
      }
    }
  }

  /** RetroArch's network gamepad: port, device (1 joypad), index and button as i32, then the state, little-endian. */
  async #sendButton(id: number, held: boolean): Promise<void> {
    const packet = Buffer.alloc(20);
    packet.writeInt32LE(1, 4);
    packet.writeInt32LE(id, 12);
    packet.writeUInt16LE(held ? 1 : 0, 16);
    await new Promise<void>((resolve, reject) => {
      this.#socket.send(packet, this.#ports.gamepad, "127.0.0.1", (error) => {
        if (error) {
          reject(error);
        } else {
          resolve();
        }
      });
    });
  }
}

function keyOf(letter: string): { readonly row: number; readonly column: number } {
  const row = KEYBOARD.findIndex((letters) => letters.includes(letter));
  const column = KEYBOARD[row]?.indexOf(letter);
  if (column === undefined) {
    throw new RangeError(`there is no key for "${letter}"`);
  }
  return { row, column };
}

/** The environment of a player's RetroArch with all its files in one folder. */
export function clientEnvironment(folder: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    XDG_CACHE_HOME: path.join(folder, "cache"),
    XDG_RUNTIME_DIR: folder,
    DBUS_FATAL_WARNINGS: "0",
  };
}

function destination({ port, session, sessionIn = "address", hosts }: ClientOptions): string[] {
  if (hosts === true) {
    return ["--host"];
  }
  if (session !== undefined && sessionIn === "address") {
    return ["--connect", `127.0.0.1|${port}|${session}`];
  }
  const named = session === undefined ? [] : ["--mitm-session", session];
  return ["--connect", "127.0.0.1", "--port", String(port), ...named];
}

/** Writes the configuration of a player without a screen, and an info file that lets the core play online. */
function prepareClientFolder(folder: string, options: ClientOptions, ports: ClientPorts): string {
  const { library = nestopia.library, spectate = false, hosts = false, password = "" } = options;
  const infoFolder = path.join(folder, "info");
  mkdirSync(infoFolder, { recursive: true });
  const infoName = `${path.basename(library, ".so")}.info`;
  const info = withNetplayAllowed(readFileSync(nestopia.infoFile, "utf8"));
  writeFileSync(path.join(infoFolder, infoName), info);
  const configFile = path.join(folder, "retroarch.cfg");
  const config = {
    ...quietConfig(folder),
    ...(options.menu === true ? unseenMenu : {}),
    ...(hosts ? { ...relayedBy(options.port), netplay_password: password } : {}),
    netplay_start_as_spectator: String(spectate),
    network_cmd_enable: "true",
    network_cmd_port: String(ports.command),
    network_remote_enable: "true",
    network_remote_enable_user_p1: "true",
    network_remote_base_port: String(ports.gamepad),
    libretro_directory: path.dirname(library),
    libretro_info_path: infoFolder,
    ...options.config,
  };
  writeFileSync(configFile, renderKeyValues(config));
  return configFile;
}

/** A menu without a screen, with A for OK, which is not every release's default. */
const unseenMenu = { menu_driver: "rgui", menu_swap_ok_cancel_buttons: "false" };

/** Settings of a host that a relay on this port of this machine makes reachable. */
function relayedBy(port: number): Record<string, string> {
  return {
    netplay_use_mitm_server: "true",
    netplay_mitm_server: "custom",
    netplay_custom_mitm_server: `127.0.0.1|${port}`,
    netplay_public_announce: "false",
    netplay_nat_traversal: "false",
  };
}

/** A RetroArch without picture and sound, at 60 frames a second, that writes only into this folder. */
export function quietConfig(folder: string): Record<string, string> {
  const silent = [
    "video",
    "audio",
    "input",
    "input_joypad",
    "menu",
    "record",
    "camera",
    "location",
    "midi",
    "microphone",
  ];
  return {
    ...Object.fromEntries(silent.map((name) => [`${name}_driver`, "null"])),
    vrr_runloop_enable: "true",
    audio_enable: "false",
    pause_nonactive: "false",
    config_save_on_exit: "false",
    core_info_cache_enable: "false",
    core_updater_buildbot_cores_url: "",
    history_list_enable: "false",
    savefile_directory: folder,
    sort_savefiles_enable: "false",
    savestate_directory: folder,
    system_directory: folder,
    cache_directory: folder,
  };
}
