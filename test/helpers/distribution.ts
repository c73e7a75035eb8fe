import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";

/** Debian releases with different RetroArchs. One that this machine itself runs needs no folder. */
export const releases = ["bookworm", "trixie", "forky"] as const;
export type Release = (typeof releases)[number];

/** An installed RetroArch with its cores: this machine's, or one in a folder that holds another release. */
export interface Distribution {
  readonly release: string;
  /** E.g. `Debian GNU/Linux 13 (trixie)`. */
  readonly title: string;
  /** The release's root folder; `/` for this machine. */
  readonly root: string;
}

/** Packages of a folder. After a change every folder is made again. */
export const packages = [
  "retroarch",
  "libretro-nestopia",
  "libretro-gambatte",
  "libretro-core-info",
  "ca-certificates",
] as const;

const STAMP = ".netplayd-packages";
const TRIPLET = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";

/** The folder of a release, outside of any checkout. */
export function distributionFolder(release: string): string {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache");
  return path.join(cache, "netplayd", "distributions", release);
}

/** This machine, with any distribution. */
export function thisMachine(): Distribution {
  return describe("/");
}

/** The release, if this machine runs it or its folder is complete; makes no folder. */
export function findDistribution(release: Release): Distribution | undefined {
  const machine = thisMachine();
  if (machine.release === release) {
    return machine;
  }
  const folder = distributionFolder(release);
  return isComplete(folder) ? describe(folder) : undefined;
}

/** The last step of making a folder. */
export function markComplete(folder: string): void {
  writeFileSync(path.join(folder, STAMP), packages.join("\n"));
}

/** False for a folder that is missing, incomplete, or has other packages. */
function isComplete(folder: string): boolean {
  const stamp = path.join(folder, STAMP);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === packages.join("\n");
}

/** Path of this distribution's RetroArch on this machine. */
export function retroArchFile({ root }: Distribution): string {
  return path.join(root, "usr/bin/retroarch");
}

/** Path of a core library of this distribution on this machine. */
function coreLibrary({ root }: Distribution, name: string): string {
  return path.join(root, "usr/lib", TRIPLET, "libretro", `${name}_libretro.so`);
}

/**
 * A program that runs this distribution's RetroArch, or the given copy of it, as `retroarch.binary` takes it. The folder for temporary files is the same
 * inside and outside, so that every path below it means the same to both.
 *
 * The mounts belong to the process alone and end with it, however it ends; `exec` all the way keeps its pid, so that
 * signals reach RetroArch itself.
 */
export function retroArchProgram(
  { release, root }: Distribution,
  scratch: string,
  copy = "retroarch",
): string {
  if (root === "/") {
    return copy;
  }
  const shared = tmpdir();
  mkdirSync(path.join(root, shared), { recursive: true });
  const file = path.join(scratch, `retroarch-${release}`);
  const enter = [
    `mount --bind ${quoted(shared)} ${quoted(path.join(root, shared))}`,
    `mount --bind /proc ${quoted(path.join(root, "proc"))}`,
    `exec chroot ${quoted(root)} ${quoted(copy)} "$@"`,
  ].join(" && ");
  writeFileSync(
    file,
    `#!/bin/sh\nexec unshare --mount --propagation private sh -c ${quoted(enter)} retroarch "$@"\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

/** Copies a core library to a folder that this machine and every distribution share, under the name that its info file requires. */
export function shareCore(distribution: Distribution, name: string, scratch: string): string {
  const folder = path.join(scratch, `cores-${distribution.release}`);
  mkdirSync(folder, { recursive: true });
  const copy = path.join(folder, `${name}_libretro.so`);
  copyFileSync(coreLibrary(distribution, name), copy);
  return copy;
}

function describe(root: string): Distribution {
  const text = readFileSync(path.join(root, "etc/os-release"), "utf8");
  const value = (key: string): string => new RegExp(`^${key}="?([^"\n]*)"?$`, "m").exec(text)?.[1] ?? "";
  return { root, release: value("VERSION_CODENAME"), title: value("PRETTY_NAME") };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
