// Installs what a fresh machine lacks, step by step. A step that is already done only costs a check.
// It uses only Node's own modules, because it runs before npm has installed anything.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "..");

const lockStamp = path.join(root, "node_modules/.netplayd-lock");
const buildInfo = path.join(root, "dist/.tsbuildinfo");
const coresDir = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/libretro`;

/** Programs and files for hosting the demo game, each with its Debian package. */
export const hostingNeeds = [
  { package: "retroarch", isThere: () => isCommand("retroarch") },
  { package: "libretro-nestopia", isThere: () => existsSync(path.join(coresDir, "nestopia_libretro.so")) },
  {
    package: "libretro-core-info",
    isThere: () => existsSync("/usr/share/libretro/info/nestopia_libretro.info"),
  },
];

/** What the tests need in addition. */
export const testNeeds = [
  ...hostingNeeds,
  { package: "libretro-gambatte", isThere: () => existsSync(path.join(coresDir, "gambatte_libretro.so")) },
  {
    package: "libretro-beetle-pce-fast",
    isThere: () => existsSync(path.join(coresDir, "mednafen_pce_fast_libretro.so")),
  },
  { package: "gcc", isThere: () => isCommand("gcc") },
  { package: "cc65", isThere: () => isCommand("ca65") },
  { package: "python3", isThere: () => isCommand("python3") },
  { package: "7zip", isThere: () => ["7zz", "7z", "7za"].some(isCommand) },
];

/** What `npm run bench:catalog` needs in addition to hosting. */
export const catalogBenchNeeds = [...hostingNeeds, { package: "rhash", isThere: () => isCommand("rhash") }];

const compilerNeeds = [
  { package: "g++", isThere: () => isCommand("g++") },
  { package: "make", isThere: () => isCommand("make") },
  { package: "python3", isThere: () => isCommand("python3") },
];

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    stop(`Node ${process.versions.node} is too old: install Node 20.19 or newer.`);
  }
}

/** @param {{ package: string, isThere: () => boolean }[]} needs */
export function installDebianPackages(needs) {
  const missing = needs.filter((need) => !need.isThere()).map((need) => need.package);
  if (missing.length === 0) {
    return;
  }
  if (!isCommand("apt-get")) {
    stop(`This machine lacks ${missing.join(", ")}, and has no apt-get: install them by hand.`);
  }
  const sudo = process.getuid?.() === 0 ? [] : ["sudo"];
  say(`Installing with apt-get: ${missing.join(" ")}`);
  run([...sudo, "apt-get", "update", "-q"], { quiet: true });
  run(
    [...sudo, "env", "DEBIAN_FRONTEND=noninteractive"].concat(
      "apt-get install -qy --no-install-recommends".split(" "),
      missing,
    ),
    { quiet: true },
  );
  const still = needs.filter((need) => !need.isThere()).map((need) => need.package);
  if (still.length > 0) {
    stop(`apt-get installed ${still.join(", ")}, but what netplayd needs of them is not there.`);
  }
}

/** Installs the packages of package-lock.json if that file has changed since the last time. */
export function installNpmPackages() {
  const lock = createHash("sha256")
    .update(readFileSync(path.join(root, "package-lock.json")))
    .update(process.versions.modules)
    .digest("hex");
  if (existsSync(lockStamp) && readFileSync(lockStamp, "utf8") === lock) {
    return;
  }
  say("Installing npm packages (better-sqlite3 may be compiled, which takes two minutes)");
  const install = ["npm", "ci", "--no-audit", "--no-fund"];
  // If Node's headers are installed, they need not be downloaded for compiling.
  const prefix = path.resolve(process.execPath, "../..");
  const env = existsSync(path.join(prefix, "include/node/node.h")) ? { npm_config_nodedir: prefix } : {};
  const first = execute(install, { env, quiet: true });
  if (!first.ok && compilerNeeds.every((need) => need.isThere())) {
    process.stderr.write(first.errors);
    stop(`This failed: ${install.join(" ")}`);
  }
  if (!first.ok) {
    say("There is no compiled better-sqlite3 for this machine: it will be compiled");
    installDebianPackages(compilerNeeds);
    run(install, { env });
  }
  writeFileSync(lockStamp, lock);
}

/** Compiles src/ to dist/ when a source is newer than the last build. */
export function build() {
  const builtAt = existsSync(buildInfo) ? statSync(buildInfo).mtimeMs : 0;
  const inputs = ["package-lock.json", "tsconfig.json", "tsconfig.build.json", ...sources("src")];
  if (inputs.every((file) => statSync(path.join(root, file)).mtimeMs <= builtAt)) {
    return;
  }
  say("Building");
  run(["npm", "run", "--silent", "build"]);
}

/** Runs a command in the checkout; ends this program when it fails. `quiet`: its output is shown only after a failure. */
export function run(command, options = {}) {
  const { ok, errors } = execute(command, options);
  if (!ok) {
    process.stderr.write(errors);
    stop(`This failed: ${command.join(" ")}`);
  }
}

export function say(text) {
  console.log(`» ${text}`);
}

export function stop(text) {
  console.error(text);
  process.exit(1);
}

function execute([program, ...args], { env = {}, quiet = false } = {}) {
  const stdio = quiet ? ["ignore", "ignore", "pipe"] : ["ignore", "inherit", "inherit"];
  const result = spawnSync(program, args, { cwd: root, stdio, env: { ...process.env, ...env } });
  const errors = result.error === undefined ? String(result.stderr ?? "") : `${result.error.message}\n`;
  return { ok: result.status === 0, errors };
}

function isCommand(name) {
  return (process.env.PATH ?? "").split(":").some((folder) => existsSync(path.join(folder, name)));
}

function sources(folder) {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}
