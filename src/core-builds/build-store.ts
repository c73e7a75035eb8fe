import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { hashLibrary, type CoreBuild } from "./core-build.ts";

const buildSchema = z.strictObject({
  sha256: z.string(),
  file: z.string(),
  core: z.string(),
  setting: z.string(),
  sample: z.string(),
  outcome: z.discriminatedUnion("netplay", [
    z.strictObject({
      netplay: z.literal(true),
      version: z.string(),
      stateSizeBytes: z.number(),
      sramBytes: z.number(),
    }),
    z.strictObject({ netplay: z.literal(false), reason: z.string() }),
  ]),
});

const librarySchema = z.strictObject({ sizeBytes: z.number(), mtimeMs: z.number(), sha256: z.string() });

const fileSchema = z.strictObject({
  version: z.literal(1),
  /** By path: a file of unchanged size and time is not read again. */
  libraries: z.record(z.string(), librarySchema),
  builds: z.array(buildSchema),
});

type StoredBuilds = z.infer<typeof fileSchema>;

/**
 * What was learnt of core builds, in one JSON file: a few dozen records, read as a whole and written a few times in a server's life. All
 * of it can be learnt again, so a file that cannot be read counts as empty, and of two who write at once the later one wins.
 */
export interface BuildStore {
  /** Of the file as it is now; undefined when it is new or has changed, or is not there. */
  readonly hashOf: (library: string) => string | undefined;
  /** The same, read from the file when it has to be. @throws the system's error when it cannot be read. */
  readonly identify: (library: string) => Promise<string>;
  readonly builds: () => readonly CoreBuild[];
  /** Replaces what was known of the same bytes in the same setting. */
  readonly put: (build: CoreBuild) => void;
}

export function openBuildStore(file: string): BuildStore {
  let stored = readStored(file);
  const write = (change: (current: StoredBuilds) => StoredBuilds): void => {
    // Another process may have learnt something meanwhile.
    stored = change(readStored(file));
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600 });
    renameSync(unfinished, file);
  };
  const hashOf = (library: string): string | undefined => {
    const known = stored.libraries[library];
    const stats = statSync(library, { throwIfNoEntry: false });
    return known?.mtimeMs === stats?.mtimeMs && known?.sizeBytes === stats?.size ? known?.sha256 : undefined;
  };
  return {
    hashOf,
    identify: async (library) => {
      const known = hashOf(library);
      if (known !== undefined) {
        return known;
      }
      const sha256 = await hashLibrary(library);
      const { size: sizeBytes, mtimeMs } = statSync(library);
      write((current) => ({
        ...current,
        libraries: { ...current.libraries, [library]: { sizeBytes, mtimeMs, sha256 } },
      }));
      return sha256;
    },
    builds: () => stored.builds,
    put: (build) => {
      write((current) => ({
        ...current,
        builds: [...current.builds.filter((other) => !isSameTrial(other, build)), build],
      }));
    },
  };
}

function isSameTrial(one: CoreBuild, other: CoreBuild): boolean {
  return one.sha256 === other.sha256 && one.setting === other.setting && one.core === other.core;
}

function readStored(file: string): StoredBuilds {
  const empty: StoredBuilds = { version: 1, libraries: {}, builds: [] };
  try {
    const parsed = fileSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
    return parsed.success ? parsed.data : empty;
  } catch {
    return empty;
  }
}
