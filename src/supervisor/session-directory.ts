import type { HostedGame } from "../game.ts";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { readInfoFile } from "../installation/index.ts";
import {
  infoFileName,
  renderHostConfig,
  renderKeyValues,
  withNetplayAllowed,
  type HostDirectories,
} from "../retroarch/index.ts";
import { sessionDirectoryName, type SessionId } from "../shared/index.ts";
import type { HostSetup } from "./host-setup.ts";

/** Where a session's private files are; `sessionsDir` holds one folder for each session. */
export function directoriesOf(sessionsDir: string, sessionId: SessionId): HostDirectories {
  const root = path.join(sessionsDir, sessionDirectoryName(sessionId));
  return {
    root,
    configFile: path.join(root, "retroarch.cfg"),
    optionsFile: path.join(root, "core-options.cfg"),
    logFile: path.join(root, "retroarch.log"),
    home: path.join(root, "home"),
    info: path.join(root, "info"),
    saves: path.join(root, "saves"),
    states: path.join(root, "states"),
    system: path.join(root, "system"),
    cache: path.join(root, "cache"),
  };
}

/** Makes the folder of a host and writes everything that the host reads. Readable by netplayd's user alone. */
export async function prepareDirectory(
  directories: HostDirectories,
  game: HostedGame,
  setup: HostSetup,
  tunnelPort: number,
): Promise<void> {
  await mkdir(directories.root, { recursive: true, mode: 0o700 });
  const { home, info, saves, states, system, cache } = directories;
  await Promise.all([home, info, saves, states, system, cache].map((folder) => mkdir(folder)));
  const config = renderHostConfig({
    tunnelPort,
    maxConnections: setup.maxConnections,
    library: game.core.library,
    systemDir: setup.systemDir,
    directories,
  });
  await Promise.all([
    writeFile(directories.configFile, config),
    writeFile(directories.optionsFile, renderKeyValues(game.core.options)),
    installInfo(directories, game, setup.infoDir),
  ]);
}

/** Removes the folder with all that is in it; a folder that is already gone is fine. */
export async function removeDirectory(directories: HostDirectories): Promise<void> {
  await rm(directories.root, { recursive: true, force: true });
}

/** The host sees the info file of its own core only; with `netplay: allow` it is one that says `deterministic`. */
async function installInfo(
  directories: HostDirectories,
  { core }: HostedGame,
  infoDir: string,
): Promise<void> {
  const found = await readInfoFile(infoDir, core.library);
  // Under the name that RetroArch looks for, which a build's own file need not have.
  const file = path.join(directories.info, infoFileName(core.library));
  if (core.netplay === "allow") {
    await writeFile(file, withNetplayAllowed(found?.text ?? ""));
  } else if (found !== undefined) {
    await writeFile(file, found.text);
  }
}
