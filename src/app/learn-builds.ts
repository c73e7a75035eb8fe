import path from "node:path";
import { contentArgument, type Catalog, type CatalogEntry } from "../catalog/index.ts";
import type { Config, CoreConfig } from "../config.ts";
import {
  createCoreBuilds,
  type BuildOutcome,
  type BuildRow,
  type CoreBuilds,
  type Sample,
} from "../core-builds/index.ts";
import { createSilentLogger } from "../logging/index.ts";
import { formatCrc32, parseCrc32, systemClock, type Logger } from "../shared/index.ts";
import { tryHosting, type TrialParts } from "./try-hosting.ts";

export interface LearningParts extends Pick<TrialParts, "clock" | "retroarch"> {
  readonly config: Config;
  readonly logger: Logger;
}

/** Name of the file inside the data folder. */
const CORE_BUILDS_FILE = "core-builds.json";

/** Games that are tried before a build counts as one that cannot host. */
const SAMPLES = 3;

/** What is known of the builds of the configured cores, without learning more. */
export function listCoreBuilds({ data, cores }: Config): BuildRow[] {
  const file = path.join(data, CORE_BUILDS_FILE);
  const parts = { clock: systemClock, logger: createSilentLogger(), samples: () => [] };
  return createCoreBuilds({ file, cores, ...parts }).rows();
}

/** Learns the builds behind the server's back, whenever it is told that there may be something to learn. */
export interface BuildLearning {
  readonly begin: () => void;
  /** Resolves when no host of it is left. */
  readonly stop: () => Promise<void>;
}

export function createBuildLearning(builds: CoreBuilds): BuildLearning {
  const abort = new AbortController();
  let running: Promise<void> | undefined;
  return {
    begin() {
      if (!abort.signal.aborted) {
        running ??= builds.learn(abort.signal).finally(() => {
          running = undefined;
        });
      }
    },
    async stop() {
      abort.abort();
      await running;
    },
  };
}

/** The builds of the configured cores; `learn` tries them with games of the catalog. */
export function openCoreBuilds(catalog: Pick<Catalog, "find" | "some">, parts: LearningParts): CoreBuilds {
  return createCoreBuilds({
    file: path.join(parts.config.data, CORE_BUILDS_FILE),
    cores: parts.config.cores,
    clock: parts.clock,
    logger: parts.logger,
    samples: (core, preferred) => findSamples(core, preferred, catalog, parts),
  });
}

function findSamples(
  core: CoreConfig,
  preferred: string | undefined,
  catalog: Pick<Catalog, "find" | "some">,
  parts: LearningParts,
): Sample[] {
  const first = preferred === undefined ? undefined : findAgain(preferred, core, catalog);
  const others = catalog.some(core.name, SAMPLES).filter(({ id }) => id !== first?.id);
  return [...(first === undefined ? [] : [first]), ...others].slice(0, SAMPLES).map((entry) => ({
    id: sampleId(entry),
    host: (build, signal) => tryBuild(build, entry, parts, signal),
  }));
}

function sampleId({ crc, base }: CatalogEntry): string {
  return `${formatCrc32(crc)} ${base}`;
}

function findAgain(id: string, core: CoreConfig, catalog: Pick<Catalog, "find">): CatalogEntry | undefined {
  const [, digits = "", base = ""] = /^(\S+) (.*)$/s.exec(id) ?? [];
  const crc = parseCrc32(digits);
  const found =
    crc === undefined
      ? undefined
      : catalog.find({ core: core.name, coreVersion: "", game: "", base, crc }, [core]);
  return found?.ok === true && sampleId(found.value.entry) === id ? found.value.entry : undefined;
}

async function tryBuild(
  core: CoreConfig,
  entry: CatalogEntry,
  { config, ...parts }: LearningParts,
  signal: AbortSignal,
): Promise<BuildOutcome> {
  const game = { name: entry.name, core, content: contentArgument(entry), crc: entry.crc };
  const tried = await tryHosting(config, game, { ...parts, signal, upToState: true });
  if (!tried.ok) {
    return { netplay: false, reason: tried.reason };
  }
  const { info, state } = tried.value;
  return state === undefined
    ? { netplay: false, reason: `the library is the core ${info.coreName}: correct name or library` }
    : { netplay: true, version: info.coreVersion.trim(), ...state };
}
