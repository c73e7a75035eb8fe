import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { startBackgroundProcess, type BackgroundProcess } from "../../src/processes/index.ts";
import {
  hostArguments,
  hostEnvironment,
  renderHostConfig,
  withNetplayAllowed,
  type HostDirectories,
} from "../../src/retroarch/index.ts";
import { freeTcpRange } from "../../test/helpers/free-ports.ts";
import { rally } from "../../test/helpers/rally.ts";
import { nestopia } from "../../test/helpers/retroarch-client.ts";

/** A RetroArch that hosts the demo game without netplayd: it listens on a port itself. */
export interface BareHost {
  readonly pid: number;
  readonly port: number;
  /** From the start of the process until it answered a `POKE`. */
  readonly startMs: number;
  stop(): Promise<void>;
}

const POKE = Buffer.concat([Buffer.from("POKE"), Buffer.alloc(20)]);
const LOOK_EVERY_MS = 2;
const START_DEADLINE_MS = 10_000;

/** @param folder - For the host's folder, with the same configuration as netplayd's hosts except for the tunnel. */
export async function startBareHost(folder: string): Promise<BareHost> {
  const directories = prepare(mkdtempSync(path.join(folder, "bare-")));
  const port = await freeTcpRange(1);
  const host = { directories, library: nestopia.library, content: rally.file, nick: "bare", players: 2 };
  const fromMs = performance.now();
  const started = await startBackgroundProcess({
    binary: "retroarch",
    args: ["--port", String(port), ...hostArguments(host)],
    env: hostEnvironment(directories, process.env.PATH),
    cwd: directories.root,
    logFile: directories.logFile,
  });
  if (!started.ok) {
    throw new Error(started.reason);
  }
  const stop = (): Promise<void> => end(started.value);
  try {
    await answersPoke(port, fromMs + START_DEADLINE_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: started.value.pid, port, startMs: performance.now() - fromMs, stop };
}

async function end(host: BackgroundProcess): Promise<void> {
  host.signal("SIGKILL");
  await host.exit;
}

function prepare(root: string): HostDirectories {
  const [home, info, saves, states, system, cache] = [
    "home",
    "info",
    "saves",
    "states",
    "system",
    "cache",
  ].map((name) => path.join(root, name)) as [string, string, string, string, string, string];
  const directories = {
    ...{ root, home, info, saves, states, system, cache },
    configFile: path.join(root, "retroarch.cfg"),
    optionsFile: path.join(root, "core-options.cfg"),
    logFile: path.join(root, "retroarch.log"),
  };
  [home, info, saves, states, system, cache].forEach((made) => {
    mkdirSync(made);
  });
  const infoText = withNetplayAllowed(readFileSync(nestopia.infoFile, "utf8"));
  writeFileSync(path.join(info, path.basename(nestopia.infoFile)), infoText);
  const settings = {
    tunnelPort: 1,
    maxConnections: 8,
    library: nestopia.library,
    systemDir: null,
    directories,
  };
  const lines = renderHostConfig(settings).split("\n");
  writeFileSync(directories.configFile, lines.filter((line) => !line.includes("mitm")).join("\n"));
  return directories;
}

async function answersPoke(port: number, deadlineMs: number): Promise<void> {
  while (!(await poke(port))) {
    if (performance.now() > deadlineMs) {
      throw new Error("the bare host does not answer");
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function poke(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => undefined);
    socket.once("connect", () => socket.write(POKE));
    socket.once("data", () => {
      resolve(true);
      socket.destroy();
    });
    socket.once("close", () => {
      resolve(false);
    });
  });
}
