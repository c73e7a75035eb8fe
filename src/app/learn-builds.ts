import path from "node:path";
import { contentArgument, type Catalog, type CatalogEntry } from "../catalog/index.ts";
import type { CoreConfig } from "../config.ts";
import { createCoreBuilds, type BuildOutcome, type CoreBuilds, type Sample } from "../core-builds/index.ts";
import { formatCrc32, parseCrc32, type Logger } from "../shared/index.ts";
import { hostOnce, type HostOnceParts } from "./host-once.ts";

/** Name of the file inside the data folder. */
const CORE_BUILDS_FILE = "core-builds.json";

/** Games that are tried before a build counts as one that cannot host. */
const SAMPLES = 3;

/** The builds of the configured cores; `learn` tries them with games of the catalog. */
export function openCoreBuilds(
  catalog: Pick<Catalog, "find" | "some">,
  parts: HostOnceParts & { readonly logger: Logger },
): CoreBuilds {
  return createCoreBuilds({
    file: path.join(parts.config.data, CORE_BUILDS_FILE),
    cores: parts.config.cores,
    logger: parts.logger,
    samples: (core, preferred) => findSamples(core, preferred, catalog, parts),
  });
}

function findSamples(
  core: CoreConfig,
  preferred: string | undefined,
  catalog: Pick<Catalog, "find" | "some">,
  parts: HostOnceParts,
): Sample[] {
  const first = preferred === undefined ? undefined : findAgain(preferred, core, catalog);
  const entries = [...(first === undefined ? [] : [first]), ...catalog.some(core.name, SAMPLES)];
  const byId = new Map([...entries].reverse().map((entry) => [sampleId(entry), entry]));
  return [...byId]
    .reverse()
    .slice(0, SAMPLES)
    .map(([id, entry]) => ({
      id,
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
  parts: HostOnceParts,
  signal: AbortSignal,
): Promise<BuildOutcome> {
  const game = { name: entry.name, core, content: contentArgument(entry), crc: entry.crc };
  const hosted = await hostOnce(game, "state", parts, signal);
  if (!hosted.ok) {
    return { netplay: false, reason: hosted.reason };
  }
  const { info, state } = hosted.value;
  return state === undefined
    ? { netplay: false, reason: `the library is the core ${info.coreName}: correct name or library` }
    : { netplay: true, version: info.coreVersion.trim(), ...state };
}
