import { createSocket, type Socket } from "node:dgram";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { startBackgroundProcess, type BackgroundProcess } from "../../src/processes/index.ts";
import { renderKeyValues, withNetplayAllowed } from "../../src/retroarch/index.ts";
import { eventually } from "./eventually.ts";
import { freeUdpPort } from "./free-ports.ts";

/** RetroPad buttons by their libretro id. */
export const buttons = { B: 0, SELECT: 2, START: 3, UP: 4, DOWN: 5, LEFT: 6, RIGHT: 7, A: 8 } as const;

export interface ClientOptions {
  /** Private to this client. */
  readonly folder: string;
  readonly port: number;
  readonly nick: string;
  readonly content: string;
  readonly host?: string;
  readonly library?: string;
  readonly infoFile?: string;
  readonly spectate?: boolean;
}

export const nestopia = {
  library: "/usr/lib/x86_64-linux-gnu/libretro/nestopia_libretro.so",
  infoFile: "/usr/share/libretro/info/nestopia_libretro.info",
};

/** A stock RetroArch of a player, without a screen: tests press its buttons and look into its memory. */
export class RetroArchClient {
  readonly nick: string;
  readonly #process: BackgroundProcess;
  readonly #socket: Socket;
  readonly #commandPort: number;
  readonly #gamepadPort: number;
  readonly #logFile: string;

  private constructor(
    nick: string,
    process: BackgroundProcess,
    socket: Socket,
    ports: { readonly command: number; readonly gamepad: number },
    logFile: string,
  ) {
    this.nick = nick;
    this.#process = process;
    this.#socket = socket;
    this.#commandPort = ports.command;
    this.#gamepadPort = ports.gamepad;
    this.#logFile = logFile;
  }

  static async start(options: ClientOptions): Promise<RetroArchClient> {
    const ports = { command: await freeUdpPort(), gamepad: await freeUdpPort() };
    const folder = path.join(options.folder, options.nick);
    const library = options.library ?? nestopia.library;
    const configFile = prepareFolder(folder, library, options, ports);
    const logFile = path.join(folder, "retroarch.log");
    const { host = "127.0.0.1", port, nick, content } = options;
    const started = await startBackgroundProcess({
      binary: "retroarch",
      args: [
        "--verbose",
        "-c",
        configFile,
        "--connect",
        host,
        "--port",
        String(port),
        "--nick",
        nick,
        "-L",
        library,
        content,
      ],
      env: {
        PATH: process.env.PATH ?? "",
        HOME: folder,
        XDG_CONFIG_HOME: folder,
        XDG_RUNTIME_DIR: folder,
        DBUS_FATAL_WARNINGS: "0",
      },
      cwd: folder,
      logFile,
    });
    if (!started.ok) {
      throw new Error(started.reason);
    }
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => {
      socket.bind(0, "127.0.0.1", resolve);
    });
    return new RetroArchClient(nick, started.value, socket, ports, logFile);
  }

  get pid(): number {
    return this.#process.pid;
  }

  log(): string {
    return readFileSync(this.#logFile, "latin1");
  }

  /** Resolves when the log shows that this client plays, as `player`. */
  async joinedAs(player: number, deadlineMs = 15_000): Promise<void> {
    await this.#logged(`You have joined as player ${player}`, deadlineMs);
  }

  async #logged(text: string, deadlineMs: number): Promise<void> {
    await eventually(
      `"${text}" in the log of ${this.nick}`,
      () => this.log().includes(text),
      deadlineMs,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.log().split("\n").slice(-25).join("\n")}`);
    });
  }

  async sees(text: string, deadlineMs = 15_000): Promise<void> {
    await this.#logged(text, deadlineMs);
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

  async stop(): Promise<void> {
    this.#socket.close();
    this.#process.signal("SIGCONT");
    this.#process.signal("SIGKILL");
    await this.#process.exit;
  }

  /** The player's machine vanishes: it neither reads nor sends any more. */
  freeze(): void {
    this.#process.signal("SIGSTOP");
  }

  #ask(query: string, length: number): Promise<number[] | undefined> {
    return new Promise((resolve) => {
      const finish = (bytes: number[] | undefined): void => {
        clearTimeout(timer);
        this.#socket.off("message", onMessage);
        resolve(bytes);
      };
      const onMessage = (message: Buffer): void => {
        const [name, , ...bytes] = message.toString("latin1").trim().split(" ");
        if (name === "READ_CORE_RAM" && bytes.length === length) {
          finish(bytes.map((byte) => Number.parseInt(byte, 16)));
        }
      };
      const timer = setTimeout(() => {
        finish(undefined);
      }, 250);
      this.#socket.on("message", onMessage);
      this.#socket.send(query, this.#commandPort, "127.0.0.1");
    });
  }

  /** RetroArch's network gamepad: port, device (1 joypad), index and button as i32, then the state, little-endian. */
  async #sendButton(id: number, held: boolean): Promise<void> {
    const packet = Buffer.alloc(20);
    packet.writeInt32LE(1, 4);
    packet.writeInt32LE(id, 12);
    packet.writeUInt16LE(held ? 1 : 0, 16);
    await new Promise<void>((resolve, reject) => {
      this.#socket.send(packet, this.#gamepadPort, "127.0.0.1", (error) => {
        if (error) {
          reject(error);
        } else {
          resolve();
        }
      });
    });
  }
}

function prepareFolder(
  folder: string,
  library: string,
  options: ClientOptions,
  ports: { readonly command: number; readonly gamepad: number },
): string {
  const infoFolder = path.join(folder, "info");
  mkdirSync(infoFolder, { recursive: true });
  const infoFile = options.infoFile ?? nestopia.infoFile;
  writeFileSync(
    path.join(infoFolder, path.basename(infoFile)),
    withNetplayAllowed(readFileSync(infoFile, "utf8")),
  );
  const configFile = path.join(folder, "retroarch.cfg");
  const silent = ["video", "audio", "input", "input_joypad", "menu", "record", "camera", "location", "midi"];
  const config = renderKeyValues({
    ...Object.fromEntries(silent.map((name) => [`${name}_driver`, "null"])),
    vrr_runloop_enable: "true",
    audio_enable: "false",
    pause_nonactive: "false",
    config_save_on_exit: "false",
    core_info_cache_enable: "false",
    core_updater_buildbot_cores_url: "",
    history_list_enable: "false",
    netplay_start_as_spectator: String(options.spectate ?? false),
    network_cmd_enable: "true",
    network_cmd_port: String(ports.command),
    network_remote_enable: "true",
    network_remote_enable_user_p1: "true",
    network_remote_base_port: String(ports.gamepad),
    libretro_directory: path.dirname(library),
    libretro_info_path: infoFolder,
    savefile_directory: folder,
    savestate_directory: folder,
    system_directory: folder,
    cache_directory: folder,
  });
  writeFileSync(configFile, config);
  return configFile;
}
