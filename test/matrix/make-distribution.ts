import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import {
  distributionFolder,
  findDistribution,
  markComplete,
  packages,
  type Distribution,
  type Release,
} from "../helpers/distribution.ts";
import { parseAptSources, type AptSource } from "./apt-sources.ts";

const SCRIPTS = "/usr/share/debootstrap/scripts";

/**
 * The release, made with debootstrap if it is missing: some minutes and about 1 GB each.
 *
 * @throws Error that names what this machine lacks for it.
 */
export function requireDistribution(release: Release): Distribution {
  const found = findDistribution(release);
  if (found?.root === "/") {
    return found;
  }
  if (process.getuid?.() !== 0) {
    throw new Error(`making and entering a folder with Debian ${release} takes root: run it as root`);
  }
  if (found !== undefined) {
    return found;
  }
  if (!existsSync(SCRIPTS)) {
    throw new Error("debootstrap is missing: apt-get install debootstrap");
  }
  make(release, mirror());
  const made = findDistribution(release);
  if (made === undefined) {
    throw new Error(`${distributionFolder(release)} was made but is not complete`);
  }
  return made;
}

/** An unfinished folder never has the release's name: it is made under another one. The rest of an aborted run is removed first. */
function make(release: Release, mirrorUrl: string): void {
  const folder = distributionFolder(release);
  const partial = `${folder}.partial`;
  removeTree(folder);
  removeTree(partial);
  mkdirSync(path.dirname(folder), { recursive: true });
  // A release that is newer than this machine's debootstrap is made as `sid`, which all of them know.
  const script = path.join(SCRIPTS, existsSync(path.join(SCRIPTS, release)) ? release : "sid");
  const steps = [
    `debootstrap --variant=minbase ${release} "$0" "$1" ${script}`,
    // A mirror that is a snapshot of the past says so in its date.
    `echo 'Acquire::Check-Valid-Until "false";' > "$0/etc/apt/apt.conf.d/90netplayd"`,
    `printf '#!/bin/sh\\nexit 101\\n' > "$0/usr/sbin/policy-rc.d" && chmod +x "$0/usr/sbin/policy-rc.d"`,
    `chroot "$0" apt-get update -q`,
    `chroot "$0" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends ${packages.join(" ")}`,
    `chroot "$0" apt-get clean`,
  ];
  console.log(`Making ${folder}`);
  // In a mount namespace of its own, which ends with the mounts of debootstrap.
  const command = ["--mount", "--propagation", "private", "sh", "-c", steps.join(" && "), partial, mirrorUrl];
  const run = spawnSync("unshare", command, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (run.status !== 0) {
    const tail = `${run.stdout}${run.stderr}`.trimEnd().split("\n").slice(-15).join("\n");
    throw new Error(`Debian ${release} could not be made in ${partial}:\n${tail}`);
  }
  markComplete(partial);
  renameSync(partial, folder);
}

function removeTree(folder: string): void {
  const run = spawnSync("rm", ["-rf", "--one-file-system", folder], { encoding: "utf8" });
  if (run.status !== 0) {
    throw new Error(run.stderr);
  }
}

/** The mirror of this machine's own packages; `NETPLAYD_DEBIAN_MIRROR` on other systems than Debian. */
function mirror(): string {
  const named = process.env.NETPLAYD_DEBIAN_MIRROR;
  const found = named ?? aptSources().find(({ components }) => components.includes("main"))?.url;
  if (found === undefined) {
    throw new Error("no Debian mirror in /etc/apt: name one in NETPLAYD_DEBIAN_MIRROR");
  }
  return found;
}

/** Sources of this machine's own release, without those of its updates and security fixes. */
function aptSources(): AptSource[] {
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "";
  const isDebian = /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
  const folder = "/etc/apt/sources.list.d";
  const files = ["/etc/apt/sources.list", ...list(folder).map((name) => path.join(folder, name))];
  const sources = files
    .filter((file) => existsSync(file))
    .flatMap((file) => parseAptSources(readFileSync(file, "utf8")));
  return isDebian ? sources.filter(({ suites }) => suites.includes(release)) : [];
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
