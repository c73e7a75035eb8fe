import type { HostedGame } from "../game.ts";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { readInfoFile } from "../installation/index.ts";
import { HOST_NICK } from "../netplay/index.ts";
import { startBackgroundProcess, type BackgroundProcess } from "../processes/index.ts";
import {
  hostArguments,
  hostDirectories,
  hostEnvironment,
  infoFileName,
  renderHostConfig,
  renderKeyValues,
  withNetplayAllowed,
  type HostDirectories,
} from "../retroarch/index.ts";
import {
  describeError,
  fail,
  ok,
  PRIVATE_FOLDER_MODE,
  type Clock,
  type Logger,
  type Result,
} from "../shared/index.ts";
import { writeHostRecord } from "./host-record.ts";
import { capLog } from "./log-cap.ts";
import { readLogTail } from "./log-tail.ts";

/** What all hosts of this machine have in common. */
export interface HostSetup {
  /** The RetroArch program: an absolute path, or a name to look up in PATH. */
  readonly binary: string;
  readonly infoDir: string;
  /** BIOS files; null: none. */
  readonly systemDir: string | null;
  /** Netplay connections that a host accepts: the slots of a session and some that are on their way out. */
  readonly maxConnections: number;
}

interface HostParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The host process of one session, and its folder. */
export class Host {
  readonly #game: HostedGame;
  readonly #setup: HostSetup;
  readonly #parts: HostParts;
  readonly #directories: HostDirectories;
  /** Undefined before it is started, and when it could not be. */
  #process: Promise<BackgroundProcess | undefined> = Promise.resolve(undefined);
  #pid: number | undefined;
  #recorded = Promise.resolve();

  /** @param folder - Its own; it need not exist. */
  constructor(folder: string, game: HostedGame, setup: HostSetup, parts: HostParts) {
    this.#game = game;
    this.#setup = setup;
    this.#parts = parts;
    this.#directories = hostDirectories(folder);
  }

  /** Undefined while it is being started, too. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** Waits for a process that is being started. */
  async whenStarted(): Promise<number | undefined> {
    return (await this.#process)?.pid;
  }

  /**
   * Prepares the folder and starts the process, which will dial `tunnelPort` on loopback. The reason of a failure is
   * the system's own text.
   */
  async start(tunnelPort: number): Promise<Result<BackgroundProcess, string>> {
    const starting = this.#launch(tunnelPort);
    this.#process = starting.then((started) => (started.ok ? started.value : undefined));
    return starting;
  }

  async #launch(tunnelPort: number): Promise<Result<BackgroundProcess, string>> {
    const { core, content } = this.#game;
    const { library, players } = core;
    const { root, logFile } = this.#directories;
    try {
      await prepareDirectory(this.#directories, core, this.#setup, tunnelPort);
    } catch (error) {
      return fail(describeError(error));
    }
    const started = await startBackgroundProcess({
      binary: this.#setup.binary,
      args: hostArguments({ directories: this.#directories, library, content, nick: HOST_NICK, players }),
      env: hostEnvironment(this.#directories, process.env.PATH),
      cwd: root,
      logFile,
    });
    if (!started.ok) {
      return started;
    }
    const host = started.value;
    this.#pid = host.pid;
    // Not waited for: the host may be ready, and have to sleep, before a slow disk has written it.
    this.#recorded = writeHostRecord(this.#directories, host.pid).catch((error: unknown) => {
      const facts = { hostPid: host.pid, error: describeError(error) };
      this.#parts.logger.error(facts, "a host without a record is ended");
      host.signal("SIGKILL");
    });
    return ok(capLog(host, logFile, this.#parts));
  }

  /** In the order of the calls. A process that is still being started gets its signals when it runs. */
  signal(...names: Parameters<BackgroundProcess["signal"]>[0][]): void {
    void this.#process.then((host) => {
      names.forEach((name) => host?.signal(name));
    });
  }

  /** The last lines of its log, oldest first, fit to be shown; empty when there are none. */
  logTail(): Promise<string[]> {
    return readLogTail(this.#directories.logFile);
  }

  /** Removes its folder, if there is one. */
  async clean(): Promise<void> {
    await this.#recorded;
    await rm(this.#directories.root, { recursive: true, force: true });
  }
}

/** Makes the folder of a host and writes everything that the host reads. Readable by netplayd's user alone. */
export async function prepareDirectory(
  directories: HostDirectories,
  core: HostedGame["core"],
  { infoDir, systemDir, maxConnections }: HostSetup,
  tunnelPort: number,
): Promise<void> {
  const { root, home, info, saves, states, system, cache } = directories;
  await mkdir(root, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  await Promise.all([home, info, saves, states, system, cache].map((folder) => mkdir(folder)));
  const { library, options } = core;
  const config = renderHostConfig({ tunnelPort, maxConnections, library, systemDir, directories });
  await Promise.all([
    writeFile(directories.configFile, config),
    writeFile(directories.optionsFile, renderKeyValues(options)),
    installInfo(info, core, infoDir),
  ]);
}

/** The host sees the info file of its own core only; with `netplay: allow` it is one that says `deterministic`. */
async function installInfo(folder: string, core: HostedGame["core"], infoDir: string): Promise<void> {
  const found = await readInfoFile(infoDir, core.library);
  const text = core.netplay === "allow" ? withNetplayAllowed(found?.text ?? "") : found?.text;
  if (text !== undefined) {
    // Under the name that RetroArch looks for, which a build's own file need not have.
    await writeFile(path.join(folder, infoFileName(core.library)), text);
  }
}
