import { execFile, spawn, type ChildProcess } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { stringify } from "yaml";
import {
  createAdminClient,
  SOCKET_NAME,
  type AdminClient,
  type RoomView,
  type SessionView,
} from "../../src/admin/index.ts";
import type { Result } from "../../src/shared/index.ts";
import type { Cleanup } from "./cleanup.ts";
import { eventually } from "./eventually.ts";
import { Launcher } from "./launcher.ts";
import { freeTcpRange, freeUdpPort } from "./free-ports.ts";
import { takesConnections } from "./tcp.ts";
import { processesNaming } from "./process-facts.ts";
import { rally, rallyRequest } from "./rally.ts";
import { nestopia } from "./retroarch-client.ts";

export const program = path.resolve(import.meta.dirname, "../../dist/main.js");

/** Sections of the configuration that differ from the defaults. */
export interface ServerOptions {
  readonly sessions?: Readonly<Record<string, unknown>>;
  readonly netplay?: Readonly<Record<string, unknown>>;
  readonly relay?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, unknown>>;
  readonly retroarch?: Readonly<Record<string, unknown>>;
  readonly core?: Readonly<Record<string, unknown>>;
  readonly rooms?: readonly Readonly<Record<string, unknown>>[];
  /** All cores, instead of the one that `core` changes. */
  readonly cores?: readonly Readonly<Record<string, unknown>>[];
  /** Where the daemon logs to, without being read. Default: a pipe that is read. */
  readonly logTo?: number;
  /** A program, with its arguments, under which the daemon and its commands run. Default: none. */
  readonly under?: readonly string[];
}

export interface CommandResult {
  /** The exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const PORT_COUNT = 20;
const STOP_DEADLINE_MS = 20_000;

/** A netplayd for one test: the built program, with its own folder and ports. */
export class Netplayd {
  readonly folder: string;
  readonly configFile: string;
  readonly dataFolder: string;
  /** The folder of the sessions' folders. */
  readonly sessionsFolder: string;
  /** The demo game in the catalog. */
  readonly content: string;
  readonly controlPort: number;
  /** The netplay port. */
  readonly netplayPort: number;
  readonly firstPort: number;
  readonly lastPort: number;
  /** All its log lines, over all its starts. */
  readonly log: Readonly<Record<string, unknown>>[] = [];
  #process: ChildProcess | undefined;
  #under: readonly string[] = [];
  #logTo: number | undefined;
  #exited: Promise<number | null> = Promise.resolve(null);

  private constructor(folder: string, controlPort: number, netplayPort: number, firstPort: number) {
    this.folder = folder;
    this.configFile = path.join(folder, "cores.yaml");
    this.dataFolder = path.join(folder, "data");
    this.sessionsFolder = path.join(this.dataFolder, "sessions");
    this.content = path.join(folder, "rally.nes");
    this.controlPort = controlPort;
    this.netplayPort = netplayPort;
    this.firstPort = firstPort;
    this.lastPort = firstPort + PORT_COUNT - 1;
  }

  /** Writes the configuration and puts the demo game into the catalog; starts nothing yet. */
  static async prepare(cleanup: Cleanup, options: ServerOptions = {}): Promise<Netplayd> {
    const firstPort = await freeTcpRange(PORT_COUNT + 1);
    const server = new Netplayd(cleanup.folder(), await freeUdpPort(), firstPort + PORT_COUNT, firstPort);
    const config = {
      data: "./data",
      control: { host: "127.0.0.1", port: server.controlPort },
      netplay: { host: "127.0.0.1", port: server.netplayPort, ...options.netplay },
      relay: { ...options.relay },
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      sessions: { ports: `${server.firstPort}-${server.lastPort}`, ...options.sessions },
      retroarch: { ...options.retroarch },
      cores: options.cores ?? [
        { name: "Nestopia", library: nestopia.library, netplay: "allow", ...options.core },
      ],
      rooms: options.rooms ?? [],
    };
    server.#under = options.under ?? [];
    server.#logTo = options.logTo;
    writeFileSync(server.configFile, stringify(config));
    copyFileSync(rally.file, server.content);
    const added = await server.run("catalog", "add", server.content);
    if (added.code !== 0) {
      throw new Error(added.stderr);
    }
    cleanup.defer(() => server.stop());
    return server;
  }

  /** Prepares a server and starts it. */
  static async start(cleanup: Cleanup, options: ServerOptions = {}): Promise<Netplayd> {
    const server = await Netplayd.prepare(cleanup, options);
    await server.serve();
    return server;
  }

  /** Starts the daemon; resolves when it takes requests. */
  async serve(...options: string[]): Promise<void> {
    const args = [program, "serve", "--config", this.configFile, "--log-level", "debug", ...options];
    const [command = "", ...rest] = [...this.#under, process.execPath, ...args];
    const child = spawn(command, rest, { stdio: ["ignore", this.#logTo ?? "pipe", "pipe"] });
    this.#process = child;
    let errors = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (errors += text));
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on("line", (line) => {
        this.log.push(JSON.parse(line) as Record<string, unknown>);
      });
    }
    this.#exited = new Promise((resolve) => {
      child.once("exit", resolve);
    });
    await eventually("netplayd takes requests", async () => {
      if (child.exitCode !== null) {
        throw new Error(`netplayd exited with ${child.exitCode}: ${errors}`);
      }
      return this.#logTo === undefined
        ? this.logged("netplayd takes requests", { pid: child.pid })
        : takesConnections(this.netplayPort);
    });
  }

  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) {
      throw new Error("netplayd is not running");
    }
    return pid;
  }

  /** The first log line with this message and these facts. */
  logged(
    message: string,
    facts: Readonly<Record<string, unknown>> = {},
  ): Readonly<Record<string, unknown>> | undefined {
    return this.log.find(
      (line) => line.msg === message && Object.entries(facts).every(([key, value]) => line[key] === value),
    );
  }

  /** The same line, waited for. */
  logs(
    message: string,
    facts: Readonly<Record<string, unknown>> = {},
    deadlineMs?: number,
  ): Promise<Readonly<Record<string, unknown>>> {
    const what = `log line "${message}" ${JSON.stringify(facts)}`;
    return eventually(what, () => this.logged(message, facts), deadlineMs);
  }

  /** Runs a command of the command line to its end, with this server's configuration. */
  run(...args: string[]): Promise<CommandResult> {
    return runNetplayd([...args, "--config", this.configFile], { under: this.#under });
  }

  /** The daemon's sessions. */
  async sessions(): Promise<SessionView[]> {
    return answered(await this.#admin().sessions());
  }

  /** The persistent rooms. */
  async rooms(): Promise<RoomView[]> {
    return answered(await this.#admin().rooms());
  }

  /** The session on this port; undefined when there is none (any more). */
  async session(port: number): Promise<SessionView | undefined> {
    return (await this.sessions()).find((session) => session.port === port);
  }

  /** The host process of the session on this port. */
  async hostPid(port: number): Promise<number> {
    const pid = (await this.session(port))?.pid;
    if (pid === undefined || pid === null) {
      throw new Error(`no host on port ${port}`);
    }
    return pid;
  }

  /** A socket for datagrams from one address and port. */
  async launcher(cleanup: Cleanup, address?: string): Promise<Launcher> {
    const launcher = await Launcher.open(this.controlPort, address);
    cleanup.defer(() => {
      launcher.close();
    });
    return launcher;
  }

  /** Asks for a game from a socket of its own, by default for the demo, and resolves with the port; 0 = refused. */
  async ask(datagram: Uint8Array = rallyRequest()): Promise<number> {
    const launcher = await Launcher.open(this.controlPort);
    try {
      return await launcher.ask(datagram);
    } finally {
      launcher.close();
    }
  }

  #admin(): AdminClient {
    return createAdminClient(path.join(this.dataFolder, SOCKET_NAME));
  }

  /** RetroArch processes that work for it. */
  hosts(): number[] {
    return processesNaming(this.sessionsFolder).map(({ pid }) => pid);
  }

  /** Folders of sessions on the disk. */
  sessionFolders(): string[] {
    return existsSync(this.sessionsFolder) ? readdirSync(this.sessionsFolder) : [];
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name);
  }

  /** Resolves with its exit code; null when a signal ended it. */
  exit(): Promise<number | null> {
    return this.#exited;
  }

  /** Ends it, with SIGKILL if necessary. */
  async stop(): Promise<number | null> {
    this.signal("SIGTERM");
    const force = setTimeout(() => {
      this.signal("SIGKILL");
    }, STOP_DEADLINE_MS);
    const code = await this.#exited;
    clearTimeout(force);
    return code;
  }
}

function answered<T>(answer: Result<T, string>): T {
  if (!answer.ok) {
    throw new Error(answer.reason);
  }
  return answer.value;
}

/** Runs the built program to its end. */
export function runNetplayd(
  args: readonly string[],
  {
    under = [],
    ...options
  }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly under?: readonly string[] } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const [command = "", ...rest] = [...under, process.execPath, program, ...args];
    const child = execFile(command, rest, options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}
