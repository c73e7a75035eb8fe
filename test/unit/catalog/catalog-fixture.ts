import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { crc32 } from "node:zlib";
import { onTestFinished } from "vitest";
import { openCatalog, type Catalog, type ScanOptions, type ScanReport } from "../../../src/catalog/index.ts";
import { readJob, type ContentReader } from "../../../src/catalog/content/read/content-reader.ts";
import type { CoreConfig } from "../../../src/config.ts";
import { toCrc32, type Crc32 } from "../../../src/shared/index.ts";

/** A core with the configuration's defaults. */
export function core(name: string, more: Partial<CoreConfig> = {}): CoreConfig {
  return {
    name,
    library: `/cores/${name.toLowerCase()}_libretro.so`,
    libraries: [],
    versionPolicy: "same-state-size",
    content: [],
    versions: ["*"],
    match: "crc",
    netplay: "info",
    players: 2,
    options: {},
    ...more,
  };
}

export const nestopia = core("Nestopia");
export const gambatte = core("Gambatte");
export const mgba = core("mGBA");
export const fbneo = core("FinalBurn Neo", { match: "name" });

const EXTENSIONS: Record<string, readonly string[]> = {
  Nestopia: ["nes", "fds"],
  Gambatte: ["gb", "gbc"],
  mGBA: ["gb", "gbc", "gba"],
  "FinalBurn Neo": ["zip", "7z"],
};

/** The extensions in the info files of these cores. */
export function extensionsOf(config: CoreConfig): readonly string[] | undefined {
  return EXTENSIONS[config.name];
}

/** A folder with a catalog; both are removed after the test. */
export interface Fixture {
  readonly folder: string;
  readonly catalog: Catalog;
  readonly file: string;
  /** Writes a file below the folder and returns its path. */
  readonly write: (name: string, data: string | Buffer) => string;
  readonly scan: (options?: Partial<ScanOptions>) => Promise<ScanReport>;
  readonly add: (targets: readonly string[], options?: Partial<ScanOptions>) => Promise<ScanReport>;
}

export function createFixture(cores: readonly CoreConfig[] = [nestopia, gambatte]): Fixture {
  const folder = mkdtempSync(path.join(tmpdir(), "catalog-"));
  const file = path.join(folder, "data", "catalog.sqlite");
  const opened = openCatalog(file);
  if (!opened.ok) {
    throw new Error(opened.reason.message);
  }
  const catalog = opened.value;
  onTestFinished(() => {
    catalog.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const roms = path.join(folder, "roms");
  mkdirSync(roms);
  return {
    folder: roms,
    catalog,
    file,
    write: (name, data) => {
      const target = path.join(roms, name);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, data);
      return target;
    },
    scan: async (options) => unwrap(await catalog.scan({ targets: [roms], cores, extensionsOf, ...options })),
    add: async (targets, options) => unwrap(await catalog.add({ targets, cores, extensionsOf, ...options })),
  };
}

/** An ordinary reader that stores the names of the files that it reads. */
export function createRecordingReader(): { readonly reader: ContentReader; readonly read: string[] } {
  const read: string[] = [];
  const reader: ContentReader = {
    read: (jobs) => {
      read.push(...jobs.map((job) => path.basename(job.path)));
      return Promise.all(jobs.map(readJob));
    },
    close: () => Promise.resolve(),
  };
  return { reader, read };
}

export function crcOf(data: string | Buffer): Crc32 {
  return toCrc32(crc32(data));
}

function unwrap<T>(result: { ok: true; value: T } | { ok: false; reason: string }): T {
  if (!result.ok) {
    throw new Error(result.reason);
  }
  return result.value;
}
