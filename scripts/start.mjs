// `npm start`: from a fresh checkout to a hosted game in one command.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import {
  build,
  checkNode,
  hostingNeeds,
  installDebianPackages,
  installNpmPackages,
  root,
  say,
  stop,
} from "./setup.mjs";

checkNode();
installDebianPackages(hostingNeeds);
installNpmPackages();
build();

const main = path.join(root, "dist/main.js");
const config = configFile();
const { server: controlAddress, port: controlPort } = await readControl();
const game = "demo/rally.nes";
const core = "Nestopia";

netplayd("catalog", "add", game, "--core", core);
// In a process group of its own, so that a Ctrl-C reaches it once, through this program. A second signal would end it at once.
const server = spawn(process.execPath, [main, "serve", "--config", config], {
  cwd: root,
  stdio: "inherit",
  detached: true,
});
let failed = false;
server.once("exit", (code) => process.exit(failed ? 1 : (code ?? 1)));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => server.kill(signal));
}

// Asks until the server is up: the first answer is the port.
const request = spawn(
  process.execPath,
  [main, "request", game, "--core", core, "--server", `${controlAddress}:${controlPort}`, "--json"],
  { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
);
let answer = "";
request.stdout.on("data", (chunk) => (answer += chunk));
request.once("close", (code) => {
  if (code !== 0) {
    failed = true;
    server.kill("SIGTERM");
    return;
  }
  printHowToJoin(JSON.parse(answer).port);
});

/** `npm start -- --config FILE`, else the operator's cores.yaml, else the example. */
function configFile() {
  const { values } = parseArgs({ options: { config: { type: "string" } } });
  return values.config ?? (existsSync(path.join(root, "cores.yaml")) ? "cores.yaml" : "cores.example.yaml");
}

/** The control port's address on this machine. The module can be imported only after the build. */
async function readControl() {
  const { loadConfig } = await import("../dist/cli/load-config.js");
  const { host, port } = loadConfig(path.resolve(root, config)).control;
  const address = host.includes(":") ? `[${host}]` : host;
  return { server: ["0.0.0.0", "::"].includes(host) ? "127.0.0.1" : address, port };
}

function netplayd(...args) {
  const { status } = spawnSync(process.execPath, [main, ...args, "--config", config], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) {
    stop(`The demo game could not be added to the catalog: ${config} must have a core named ${core}.`);
  }
}

function printHowToJoin(port) {
  const host = publicAddress();
  const server = controlPort === 55436 ? host : `${host}:${controlPort}`;
  console.log(`
  ${game} is hosted on port ${port} and ends after 30 seconds without players.

  Join it, with the file ${game} and the core ${core}, from RetroArch's command line:
    retroarch --connect ${host} --port ${port} -L ${core.toLowerCase()} ${game}
  or on this machine, which also works with Debian's info file for ${core}:
    npx netplayd play ${game} --core ${core} --server ${controlAddress} --port ${port}
  Host it again at any time:
    npx netplayd request ${game} --core ${core} --server ${server}

  Ctrl-C stops everything.
`);
}

/** An address under which other machines may reach this one. */
function publicAddress() {
  const addresses = Object.values(networkInterfaces()).flat();
  return (
    addresses.find((entry) => entry && !entry.internal && entry.family === "IPv4")?.address ?? "127.0.0.1"
  );
}
