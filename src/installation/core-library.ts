import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Config, CoreConfig } from "../config.ts";
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

/** What the info files of all configured cores say, read once: for code that asks for each of many files. */
export interface CoreFacts {
  /** Lower case, without dots; undefined without an info file. */
  readonly extensionsOf: (core: CoreConfig) => readonly string[] | undefined;
  readonly needsFullPathOf: (core: CoreConfig) => boolean | undefined;
}

export async function readCoreFacts({ cores, retroarch }: Config): Promise<CoreFacts> {
  const infos = new Map<string, CoreInfo | undefined>();
  for (const { library } of cores) {
    infos.set(library, await readCoreInfo(retroarch.info, library));
  }
  return {
    extensionsOf: ({ library }) => infos.get(library)?.supportedExtensions,
    needsFullPathOf: ({ library }) => infos.get(library)?.needsFullPath,
  };
}
