import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { infoFileName, parseCoreInfo, type CoreInfo } from "../retroarch/index.ts";
import { hasErrorCode } from "../shared/index.ts";

/** Reads the info file of a core library; undefined when there is none. Other errors are thrown. */
export async function readCoreInfo(infoDir: string, library: string): Promise<CoreInfo | undefined> {
  try {
    return parseCoreInfo(await readFile(path.join(infoDir, infoFileName(library)), "utf8"));
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) {
      return undefined;
    }
    throw error;
  }
}

/** True for a readable regular file. */
export async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
