// `npm run test:nodes`: the unit and integration tests on every release of Node that `engines` names, the running one excepted.
// `-- 22` runs them on that release alone.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { spawnSync } from "node:child_process";
import { checkNode, installDebianPackages, installNpmPackages, root, run, say, testNeeds } from "./setup.mjs";

/** Release and the number of its binary interface, for which native addons are compiled. */
const releases = [
  { version: "20.20.2", abi: 115 },
  { version: "22.23.3", abi: 127 },
  // From 24.19 on, Node aborts when it frees a statement of better-sqlite3 12; version 13 fixes that, and needs Node 22.
  { version: "24.18.1", abi: 137 },
];

const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "netplayd-tests");
const asked = process.argv.slice(2);
const chosen = releases.filter(({ version, abi }) =>
  asked.length > 0 ? asked.includes(major(version)) : String(abi) !== process.versions.modules,
);

checkNode();
installDebianPackages(testNeeds);
installNpmPackages();
const failed = [];
for (const release of chosen) {
  const copy = mkdtempSync(path.join(tmpdir(), `netplayd-node-${major(release.version)}-`));
  try {
    // Tests start programs as another user, who must be able to read them.
    chmodSync(copy, 0o755);
    if (!test(release, copy)) {
      failed.push(release.version);
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
}
if (failed.length > 0) {
  console.error(`Failed on Node ${failed.join(" and ")}`);
}
process.exitCode = failed.length === 0 ? 0 : 1;

function test(release, copy) {
  const node = fetchNode(release.version);
  const startedAt = performance.now();
  copyCheckout(copy);
  const env = { ...process.env, PATH: `${path.join(node, "bin")}:${process.env.PATH}` };
  buildAddon(release, copy, { ...env, npm_config_nodedir: node, JOBS: "max" });
  say(
    `Node ${release.version}: tests (it took ${seconds(startedAt)} s to get ready; addons are kept in ${cache})`,
  );
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--project", "unit", "--project", "integration"];
  return spawnSync("node", [...vitest, "--reporter=dot"], { cwd: copy, env, stdio: "inherit" }).status === 0;
}

/** The folder of this Node, with its headers: npm has each release as a package. */
function fetchNode(version) {
  const name = `node-linux-${process.arch}`;
  const prefix = path.join(cache, `node-${version}`);
  const folder = path.join(prefix, "node_modules", name);
  if (!existsSync(path.join(folder, "bin/node"))) {
    say(`Installing Node ${version}`);
    mkdirSync(prefix, { recursive: true });
    run(["npm", "install", "--silent", "--no-save", "--prefix", prefix, `${name}@${version}`]);
  }
  return folder;
}

/** The checkout without its build; packages are linked, because they have many files. */
function copyCheckout(copy) {
  const made = new Set([".git", "node_modules", "dist", "data"]);
  for (const name of readdirSync(root).filter((entry) => !made.has(entry))) {
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  }
  const packages = [path.join(root, "node_modules"), path.join(copy, "node_modules")];
  if (spawnSync("cp", ["-al", ...packages], { stdio: "ignore" }).status !== 0) {
    rmSync(packages[1], { recursive: true, force: true });
    cpSync(...packages, { recursive: true, verbatimSymlinks: true });
  }
}

/** A binary of better-sqlite3 for this Node: from the cache, or the ready-made one, or compiled. */
function buildAddon({ abi }, copy, env) {
  const addon = path.join(copy, "node_modules/better-sqlite3");
  const { version } = JSON.parse(readFileSync(path.join(addon, "package.json"), "utf8"));
  const kept = path.join(cache, `better-sqlite3-${version}-abi-${abi}.node`);
  const built = path.join(addon, "build/Release/better_sqlite3.node");
  // Removed first, because the files are links to the checkout's.
  rmSync(path.join(addon, "build"), { recursive: true, force: true });
  if (existsSync(kept)) {
    mkdirSync(path.dirname(built), { recursive: true });
    cpSync(kept, built);
    return;
  }
  run(["npm", "rebuild", "--silent", "--prefix", copy, "better-sqlite3"], { env });
  cpSync(built, kept);
}

function major(version) {
  return version.split(".")[0];
}

function seconds(startedAt) {
  return Math.round((performance.now() - startedAt) / 1000);
}
