import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Config, CoreConfig } from "../config.ts";
import { chooseInfoFile, infoFileName, parseCoreInfo, type CoreInfo } from "../retroarch/index.ts";
import { hasErrorCode } from "../shared/index.ts";

/** An info file as it lies on the disk. */
export interface InfoFile {
  readonly file: string;
  readonly text: string;
}

/** The info file of a core library: its own or, for a build with a name of its own, its core's; undefined when there is none. */
export async function readInfoFile(infoDir: string, library: string): Promise<InfoFile | undefined> {
  const own = await readIfThere(path.join(infoDir, infoFileName(library)));
  if (own !== undefined) {
    return own;
  }
  const chosen = chooseInfoFile(library, await readdir(infoDir).catch(() => []));
  return chosen === undefined ? undefined : readIfThere(path.join(infoDir, chosen));
}

async function readIfThere(file: string): Promise<InfoFile | undefined> {
  try {
    return { file, text: await readFile(file, "utf8") };
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) {
      return undefined;
    }
    throw error;
  }
}

/** BIOS files that the core looks for, optional ones as well, and that are not in the system folder. */
export async function missingFirmware({ retroarch }: Config, core: CoreConfig): Promise<string[]> {
  const wanted = (await firstInfo(retroarch.info, core.libraries))?.firmware ?? [];
  const { system } = retroarch;
  return wanted
    .map(({ path: file }) => file)
    .filter((file) => system === null || !existsSync(path.join(system, file)));
}

/** What the info files of all configured cores say, read once: for code that asks for each of many files. */
export interface CoreFacts {
  /** Lower case, without dots; undefined without an info file. */
  readonly extensionsOf: (core: CoreConfig) => readonly string[] | undefined;
  readonly needsFullPathOf: (core: CoreConfig) => boolean | undefined;
}

export async function readCoreFacts({ cores, retroarch }: Config): Promise<CoreFacts> {
  const infos = new Map<string, CoreInfo | undefined>();
  for (const { library, libraries } of cores) {
    infos.set(library, await firstInfo(retroarch.info, libraries));
  }
  return {
    extensionsOf: ({ library }) => infos.get(library)?.supportedExtensions,
    needsFullPathOf: ({ library }) => infos.get(library)?.needsFullPath,
  };
}

/** Builds of one core say the same: the first that says anything will do. */
async function firstInfo(infoDir: string, libraries: readonly string[]): Promise<CoreInfo | undefined> {
  for (const library of libraries) {
    const found = await readInfoFile(infoDir, library);
    if (found !== undefined) {
      return parseCoreInfo(found.text);
    }
  }
  return undefined;
}
