import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { renderKeyValues, withNetplayAllowed } from "../../src/retroarch/index.ts";
import type { Cleanup } from "./cleanup.ts";
import { eventually } from "./eventually.ts";
import { processesNaming } from "./process-facts.ts";
import { rally } from "./rally.ts";
import { clientEnvironment, nestopia, quietConfig } from "./retroarch-client.ts";

/** A player's machine: RetroArch's configuration in its usual place, and the demo game. */
export interface PlayerHome {
  readonly folder: string;
  readonly content: string;
  readonly env: Readonly<Record<string, string>>;
}

/** @param gameFolder - Where the player keeps games, below the home folder; the game has the same name. */
export function makePlayerHome(
  test: Cleanup,
  gameFolder: string,
  config: Readonly<Record<string, string>> = {},
): PlayerHome {
  const folder = test.folder();
  mkdirSync(path.join(folder, "retroarch"));
  const all = { ...quietConfig(folder), log_verbosity: "true", ...config };
  writeFileSync(path.join(folder, "retroarch", "retroarch.cfg"), renderKeyValues(all));
  mkdirSync(path.join(folder, gameFolder));
  const content = path.join(folder, gameFolder, `${gameFolder}.nes`);
  copyFileSync(rally.file, content);
  return { folder, content, env: clientEnvironment(folder) };
}

/** Settings of a player whose info file allows netplay for this core. */
export function openGate(test: Cleanup, library: string): Record<string, string> {
  const folder = test.folder();
  const info = withNetplayAllowed(readFileSync(nestopia.infoFile, "utf8"));
  writeFileSync(path.join(folder, path.basename(nestopia.infoFile)), info);
  return { libretro_directory: path.dirname(library), libretro_info_path: folder };
}

/** Runs a line of a shell that starts RetroArch; resolves when that plays online. */
export async function playInShell(test: Cleanup, home: PlayerHome, line: string): Promise<void> {
  const log = path.join(home.folder, "log");
  const output = openSync(log, "w");
  const shell = spawn("sh", ["-c", line], {
    env: home.env,
    cwd: home.folder,
    stdio: ["ignore", output, output],
    detached: true,
  });
  const ended = new Promise((resolve) => shell.once("exit", resolve));
  test.defer(async () => {
    // The shell may have started RetroArch as a child, so the signal goes to the group.
    if (shell.exitCode === null && shell.pid !== undefined) {
      process.kill(-shell.pid, "SIGKILL");
    }
    await ended;
    await eventually("the player is gone", () => processesNaming(home.folder).length === 0);
  });
  const said = (): string => (existsSync(log) ? readFileSync(log, "latin1") : "");
  await eventually("the player plays", () => said().includes("You have joined as player"), 15_000).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}\n${line}\n${said().slice(-2000)}`);
    },
  );
}
