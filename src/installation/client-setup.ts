import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import type { Config } from "../config.ts";
import {
  allowsNetplay,
  infoFileName,
  parseCoreInfo,
  renderKeyValues,
  withNetplayAllowed,
} from "../retroarch/index.ts";
import { fail, foldName, ok, type Result } from "../shared/index.ts";
import { readInfoFile } from "./core-library.ts";

/** How to start the player's own RetroArch as a client. */
export interface ClientSetup {
  readonly binary: string;
  readonly library: string;
  /** To be appended to the player's own configuration; undefined when nothing has to be changed. */
  readonly appendConfig: string | undefined;
}

export interface ClientSetupOptions {
  /** The core's library name. */
  readonly core: string;
  /** The core's library, when the player names it. */
  readonly library: string | undefined;
  /** RetroArch, when the player names it. */
  readonly retroarch: string | undefined;
  readonly config: Config | undefined;
}

/** Where RetroArch's own downloads, Flatpak and distributions keep cores and info files. */
const installations = [
  { cores: "~/.config/retroarch/cores", info: "~/.config/retroarch/info" },
  { cores: "~/.config/retroarch/cores", info: "~/.config/retroarch/cores" },
  {
    cores: "~/.var/app/org.libretro.RetroArch/config/retroarch/cores",
    info: "~/.var/app/org.libretro.RetroArch/config/retroarch/info",
  },
  { cores: "/usr/lib/x86_64-linux-gnu/libretro", info: "/usr/share/libretro/info" },
  { cores: "/usr/lib/aarch64-linux-gnu/libretro", info: "/usr/share/libretro/info" },
  { cores: "/usr/lib/libretro", info: "/usr/share/libretro/info" },
];

interface FoundLibrary {
  readonly library: string;
  readonly infoFile: string;
}

/**
 * Finds the core and, where this machine's info file would keep RetroArch from playing a core online that the server hosts,
 * writes a configuration that opens that gate for this one core.
 *
 * @returns The setup, or what the player can do.
 */
export async function prepareClient(options: ClientSetupOptions): Promise<Result<ClientSetup, string>> {
  const found = await findLibrary(options);
  if (found === undefined) {
    return fail(
      `No core named ${options.core} is installed here: install it (RetroArch: Load Core > Download a Core), or name its file with --library.`,
    );
  }
  const binary = options.retroarch ?? options.config?.retroarch.binary ?? "retroarch";
  return ok({ binary, library: found.library, appendConfig: await openGate(found) });
}

async function findLibrary({ core, library, config }: ClientSetupOptions): Promise<FoundLibrary | undefined> {
  const configured = config?.cores.find((entry) => foldName(entry.name) === foldName(core));
  const named = library ?? configured?.library;
  if (named !== undefined) {
    const infoDir = config?.retroarch.info ?? path.dirname(named);
    const info = await readInfoFile(infoDir, named);
    return { library: path.resolve(named), infoFile: info?.file ?? path.join(infoDir, infoFileName(named)) };
  }
  for (const { cores, info } of installations) {
    const found = await findByName(core, expandHome(cores), expandHome(info));
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

async function findByName(
  core: string,
  coresDir: string,
  infoDir: string,
): Promise<FoundLibrary | undefined> {
  const libraries = (await readdir(coresDir).catch(() => [])).filter((name) => name.endsWith("_libretro.so"));
  for (const name of libraries) {
    const infoFile = path.join(infoDir, infoFileName(name));
    const text = await readFile(infoFile, "utf8").catch(() => "");
    const { coreName } = parseCoreInfo(text);
    if (coreName !== undefined && foldName(coreName) === foldName(core)) {
      return { library: path.join(coresDir, name), infoFile };
    }
  }
  return undefined;
}

/** RetroArch refuses to join with a core whose info file does not promise deterministic savestates. */
async function openGate({ infoFile, library }: FoundLibrary): Promise<string | undefined> {
  const text = await readFile(infoFile, "utf8").catch(() => "");
  if (text !== "" && allowsNetplay(parseCoreInfo(text))) {
    return undefined;
  }
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache");
  const folder = path.join(cache, "netplayd", "info", path.basename(infoFile, ".info"));
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, infoFileName(library)), withNetplayAllowed(text));
  const appendConfig = path.join(folder, "append.cfg");
  const changes = {
    libretro_directory: path.dirname(library),
    libretro_info_path: folder,
    core_info_cache_enable: "false",
    // The player's own configuration must not end up with our folder in it.
    config_save_on_exit: "false",
  };
  await writeFile(appendConfig, renderKeyValues(changes));
  return appendConfig;
}

function expandHome(folder: string): string {
  return folder.startsWith("~/") ? path.join(homedir(), folder.slice(2)) : folder;
}
