import type { HostDirectories } from "./config-file.ts";

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
  const unplugged = Array.from({ length: MAX_PADS - command.players }, (_, index) => [
    "-N",
    String(command.players + 1 + index),
  ]).flat();
  return [
    "--verbose",
    "-c",
    command.directories.configFile,
    "--host",
    "--nick",
    command.nick,
    ...unplugged,
    "-L",
    command.library,
    command.content,
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

export interface ClientCommand {
  readonly host: string;
  readonly port: number;
  /** The room's id on a port that serves many: 16 characters of base64. */
  readonly session: string | undefined;
  readonly library: string;
  readonly content: string;
  readonly nick: string | undefined;
  /** Configuration file that changes the player's own for this run. */
  readonly appendConfig: string | undefined;
}

/**
 * Arguments for a player's own RetroArch that joins a room; everything else comes from the player's configuration.
 * `ADDRESS|PORT|SESSION` names a room since 1.10; `--mitm-session`, its documented form, came with 1.17.
 */
export function clientArguments(command: ClientCommand): string[] {
  const { host, port, session, library, content, nick, appendConfig } = command;
  return [
    ...(appendConfig === undefined ? [] : ["--appendconfig", appendConfig]),
    ...(session === undefined
      ? ["--connect", host, "--port", String(port)]
      : ["--connect", `${host}|${port}|${session}`]),
    ...(nick === undefined ? [] : ["--nick", nick]),
    ...["-L", library, content],
  ];
}
