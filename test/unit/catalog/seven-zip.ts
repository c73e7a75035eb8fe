import { execFileSync } from "node:child_process";

/** The installed 7-Zip, undefined when there is none. */
export const sevenZip = ["7zz", "7z", "7za", "7zr"].find((program) => {
  try {
    execFileSync(program, [], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});

/** Packs files, named relative to a folder. */
export function packSevenZip(archive: string, files: readonly string[], cwd: string): void {
  execFileSync(sevenZip ?? "7zz", ["a", "-bso0", "-bsp0", archive, ...files], { cwd });
}
