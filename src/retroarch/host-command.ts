import { dirname, join } from "node:path/posix";
import { HEADLESS_SETTINGS } from "./headless-settings.ts";
import { renderKeyValues } from "./key-values.ts";

/** The settings of one host. All paths are absolute; none may contain a double quote or a line break. */
export interface HostSettings {
  /** Loopback port of the session's tunnel listener. */
  readonly tunnelPort: number;
  /** Netplay connections that the host accepts, 1 to 31. */
  readonly maxConnections: number;
  /** Absolute path of the core library: RetroArch reads a core's info file only if it finds the core in its own folder of cores. */
  readonly library: string;
  /** BIOS files; null: an empty folder. */
  readonly systemDir: string | null;
  readonly directories: HostDirectories;
}

/** The private folders and files of one host, all below its session directory. */
export type HostDirectories = ReturnType<typeof hostDirectories>;

export function hostDirectories(root: string) {
  return {
    root,
    configFile: join(root, "retroarch.cfg"),
    optionsFile: join(root, "core-options.cfg"),
    logFile: join(root, "retroarch.log"),
    home: join(root, "home"),
    info: join(root, "info"),
    saves: join(root, "saves"),
    states: join(root, "states"),
    system: join(root, "system"),
    cache: join(root, "cache"),
  };
}

export interface HostCommand {
  readonly directories: HostDirectories;
  /** Absolute path of the core library. */
  readonly library: string;
  /** Absolute path of the content; `archive.zip#member` for a member of an archive. */
  readonly content: string;
  /** Shown to the players as the host's name; at most 31 bytes reach them. */
  readonly nick: string;
  /** Pads of the game, 1 to 16; RetroArch itself offers 16 for every core. */
  readonly players: number;
}

const MAX_PADS = 16;

/** Arguments for a host. The log goes to standard error and is complete only with `--verbose`. */
export function hostArguments(command: HostCommand): string[] {
  const { directories, library, content, nick, players } = command;
  const unplugged = Array.from({ length: MAX_PADS - players }, (_, index) => [
    "-N",
    String(players + 1 + index),
  ]);
  return [
    ...["--verbose", "-c", directories.configFile, "--host", "--nick", nick],
    ...unplugged.flat(),
    ...["-L", library, content],
  ];
}

/**
 * The whole environment of a host. `DBUS_FATAL_WARNINGS=0`: RetroArch's GameMode library would abort the process on a
 * machine without a session bus.
 */
export function hostEnvironment(
  directories: HostDirectories,
  path: string | undefined,
): Record<string, string> {
  const { home } = directories;
  return {
    PATH: path ?? "/usr/local/bin:/usr/bin:/bin",
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    XDG_CACHE_HOME: directories.cache,
    XDG_RUNTIME_DIR: home,
    DBUS_FATAL_WARNINGS: "0",
    LC_ALL: "C.UTF-8",
  };
}

/** The text of the host's `retroarch.cfg`. */
export function renderHostConfig(settings: HostSettings): string {
  const { directories } = settings;
  return renderKeyValues({
    ...HEADLESS_SETTINGS,
    netplay_custom_mitm_server: `127.0.0.1|${settings.tunnelPort}`,
    netplay_max_connections: String(settings.maxConnections),
    libretro_directory: dirname(settings.library),
    libretro_info_path: directories.info,
    savefile_directory: directories.saves,
    savestate_directory: directories.states,
    system_directory: settings.systemDir ?? directories.system,
    cache_directory: directories.cache,
    playlist_directory: directories.cache,
    core_assets_directory: directories.cache,
    core_options_path: directories.optionsFile,
  });
}
