import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { copyFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { stringify } from "yaml";
import type { SessionView } from "../../src/admin/index.ts";
import { eventually } from "./eventually.ts";
import { freeTcpRange, freeUdpPort } from "./free-ports.ts";
import { nestopia } from "./retroarch-client.ts";

const repository = path.resolve(import.meta.dirname, "../..");
const program = path.join(repository, "dist/main.js");

/** The demo game of this repository, and where it keeps what tests look at (demo/README.md). */
export const rally = {
  file: path.join(repository, "demo/rally.nes"),
  address: { pads: 0x20, score: 0x28, best: 0x2b, frame: 0x2c },
} as const;

export interface ServerOptions {
  readonly folder: string;
  readonly sessions?: Readonly<Record<string, unknown>>;
  readonly retroarch?: Readonly<Record<string, unknown>>;
  readonly core?: Readonly<Record<string, unknown>>;
  /** Ports for sessions; default 20. */
  readonly portCount?: number;
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A netplayd of its own for a test: the built program, with its own folder and ports. */
export class Netplayd {
  readonly configFile: string;
  readonly dataFolder: string;
  readonly controlPort: number;
  readonly firstPort: number;
  readonly log: Record<string, unknown>[] = [];
  #process: ChildProcess | undefined;
  #exited: Promise<number | null> = Promise.resolve(null);

  private constructor(folder: string, controlPort: number, firstPort: number) {
    this.configFile = path.join(folder, "cores.yaml");
    this.dataFolder = path.join(folder, "data");
    this.controlPort = controlPort;
    this.firstPort = firstPort;
  }

  /** Writes the configuration and puts the demo game into the catalog; starts nothing yet. */
  static async prepare(options: ServerOptions): Promise<Netplayd> {
    const portCount = options.portCount ?? 20;
    const server = new Netplayd(options.folder, await freeUdpPort(), await freeTcpRange(portCount));
    const config = {
      data: "./data",
      control: { host: "127.0.0.1", port: server.controlPort },
      sessions: { ports: `${server.firstPort}-${server.firstPort + portCount - 1}`, ...options.sessions },
      retroarch: { ...options.retroarch },
      cores: [{ name: "Nestopia", library: nestopia.library, netplay: "allow", ...options.core }],
    };
    writeFileSync(server.configFile, stringify(config));
    const game = path.join(options.folder, "rally.nes");
    copyFileSync(rally.file, game);
    const added = server.run("catalog", "add", game);
    if (added.code !== 0) {
      throw new Error(added.stderr);
    }
    return server;
  }

  /** Prepares a server and starts it. */
  static async start(options: ServerOptions): Promise<Netplayd> {
    const server = await Netplayd.prepare(options);
    await server.serve();
    return server;
  }

  async serve(): Promise<void> {
    const args = [program, "serve", "--config", this.configFile, "--log-level", "debug"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.log.push(JSON.parse(line) as Record<string, unknown>);
    });
    this.#exited = new Promise((resolve) => {
      child.once("exit", resolve);
    });
    await eventually("netplayd takes requests", () => {
      if (child.exitCode !== null) {
        throw new Error(`netplayd exited with ${child.exitCode}: ${errors}`);
      }
      return this.logged("netplayd takes requests");
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
  ): Record<string, unknown> | undefined {
    return this.log.find(
      (line) => line.msg === message && Object.entries(facts).every(([key, value]) => line[key] === value),
    );
  }

  /** Runs a command of the command line to its end. */
  run(...args: string[]): CommandResult {
    const command = [program, ...args, "--config", this.configFile];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
    return { code: status, stdout, stderr };
  }

  sessions(): SessionView[] {
    const { code, stdout, stderr } = this.run("sessions", "--json");
    if (code !== 0) {
      throw new Error(stderr);
    }
    return JSON.parse(stdout) as SessionView[];
  }

  /** Sends one datagram and resolves with the first answer's port, 0 = refused. */
  async ask(datagram: Uint8Array, deadlineMs = 12_000): Promise<number> {
    const socket = createSocket("udp4");
    try {
      const answer = new Promise<Buffer>((resolve) => {
        socket.once("message", resolve);
      });
      socket.send(datagram, this.controlPort, "127.0.0.1");
      let reply: Buffer | undefined;
      void answer.then((message) => (reply = message));
      return (await eventually("an answer to the datagram", () => reply, deadlineMs)).readUInt16BE(0);
    } finally {
      socket.close();
    }
  }

  /** Asks it to end and resolves with its exit code. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.#process?.kill(signal);
    return this.#exited;
  }
}

/** The request for the demo game, byte by byte as docs/wire.md has it. */
export function rallyRequest(crc: string): Buffer {
  return Buffer.concat([
    Buffer.from([8]),
    Buffer.from("Nestopia"),
    Buffer.from([0, 0]),
    Buffer.from([5]),
    Buffer.from("rally"),
    Buffer.from(crc, "hex"),
  ]);
}
