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
