import path from "node:path";
import { crc32 } from "node:zlib";
import type { CoreConfig } from "../../config.ts";
import { archiveKindOf, extensionOf, type ReadScope } from "../content/index.ts";
import type { CoreHosting } from "../store/index.ts";
import { foldName } from "../../shared/index.ts";

/** What a core's info file says of the content it takes. */
export interface CoreInfoLookup {
  /** `extensionsOf`: lower case, without dots; undefined without an info file. */
  readonly extensionsOf: (core: CoreConfig) => readonly string[] | undefined;
  /** `needs_fullpath`: the core opens the file itself, so soft patches do nothing. Undefined when there is no info file. */
  readonly needsFullPathOf?: ((core: CoreConfig) => boolean | undefined) | undefined;
}

/** The cores that host a file. */
export interface HostingPlan {
  readonly hostings: readonly CoreHosting[];
  /** Changes when the hostings do. */
  readonly signature: number;
  /** One reading serves every core that takes the file. */
  readonly reading: ReadScope;
}

/** A track of a disc: it is neither hosted nor read. */
export const TRACK_PLAN: HostingPlan = { hostings: [], signature: crc32("track"), reading: { whole: false } };

export interface PlanOptions extends CoreInfoLookup {
  /** Take this core, whatever folder and extension say. */
  readonly only?: string | undefined;
  /** A file named by the operator goes to `only` even when its extension is unknown to that core. */
  readonly trustExtension?: boolean | undefined;
}

/**
 * Answers which cores host a file: those whose `content` folders hold it, else all, and of those the ones whose
 * info file lists its extension. An archive is looked into, unless the core takes archives as they are: it matches
 * by name (sets of arcade games), or lists the archive's extension.
 */
export function createHostingPlanner(
  cores: readonly CoreConfig[],
  options: PlanOptions,
): (file: string) => HostingPlan {
  const only = options.only === undefined ? undefined : foldName(options.only);
  const usable = cores
    .filter((core) => only === undefined || foldName(core.name) === only)
    .map((core) => ({
      core,
      folders: core.content.map((folder) => `${path.resolve(folder)}/`),
      extensions: options.extensionsOf(core)?.map((extension) => extension.toLowerCase()),
      needsFullPath: options.needsFullPathOf?.(core),
    }));
  // Cache for the last folder: its files come one after the other and differ only in their extensions.
  let folder = "";
  const plansHere = new Map<string, HostingPlan>();
  return (file) => {
    const extension = extensionOf(file);
    const folderHere = file.slice(0, file.lastIndexOf("/") + 1);
    if (folderHere !== folder) {
      folder = folderHere;
      plansHere.clear();
    }
    const plan = plansHere.get(extension) ?? findPlan(file, extension);
    plansHere.set(extension, plan);
    return plan;
  };

  function findPlan(file: string, extension: string): HostingPlan {
    const owners = usable.filter(({ folders }) => folders.some((place) => file.startsWith(place)));
    const candidates = only === undefined && owners.length > 0 ? owners : usable;
    const trusted = only !== undefined || owners.length > 0;
    return makePlan(candidates, extension, trusted, options.trustExtension ?? false);
  }
}

interface UsableCore {
  readonly core: CoreConfig;
  readonly extensions: readonly string[] | undefined;
  readonly needsFullPath: boolean | undefined;
}

function makePlan(
  candidates: readonly UsableCore[],
  extension: string,
  trusted: boolean,
  trustExtension: boolean,
): HostingPlan {
  const byCore = new Map<string, CoreHosting>();
  for (const candidate of candidates) {
    const hosting = planFor(candidate, extension, trusted, trustExtension);
    const key = foldName(candidate.core.name);
    if (hosting !== undefined && !byCore.has(key)) {
      byCore.set(key, hosting);
    }
  }
  const hostings = [...byCore.values()];
  return { hostings, signature: crc32(JSON.stringify(hostings)), reading: readingFor(hostings) };
}

function readingFor(hostings: readonly CoreHosting[]): ReadScope {
  const inside = hostings.flatMap(({ members }) => (members === undefined ? [] : [members]));
  const whole = inside.length < hostings.length;
  if (inside.length === 0) {
    return { whole };
  }
  const members = inside.includes(null)
    ? null
    : [...new Set(inside.flatMap((extensions) => extensions ?? []))];
  return { whole, members };
}

/** @param trusted - The operator said that the file is for this core, by its folder or by the core's name. */
function planFor(
  { core, extensions, needsFullPath }: UsableCore,
  extension: string,
  trusted: boolean,
  trustExtension: boolean,
): CoreHosting | undefined {
  const hosting = { core: core.name, needsFullPath };
  const listed = extensions?.includes(extension) ?? trusted;
  if (archiveKindOf(`.${extension}`) === undefined && archiveKindOf(`a.${extension}`) === undefined) {
    return listed || (trusted && trustExtension) ? hosting : undefined;
  }
  if (core.match === "name" ? listed || trusted : extensions?.includes(extension)) {
    return hosting;
  }
  return extensions !== undefined || trusted ? { ...hosting, members: extensions ?? null } : undefined;
}
