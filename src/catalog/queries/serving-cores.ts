import type { GameQuery } from "../../game.ts";
import type { CoreConfig } from "../../config.ts";
import { fail, foldName, ok, type Result } from "../../shared/index.ts";

type CoreQuery = Pick<GameQuery, "core" | "coreVersion">;

/** The first core of the configuration that serves this query. */
export function chooseCore(
  query: CoreQuery,
  cores: readonly CoreConfig[],
): Result<CoreConfig, "unknown-core" | "core-version"> {
  const [first] = servingCores(query, cores);
  if (first !== undefined) {
    return ok(first);
  }
  return fail(coresByKey(cores).has(foldName(query.core)) ? "core-version" : "unknown-core");
}

/**
 * All cores that may host for this query, in the order of the configuration. Names compare case-insensitively; versions
 * are glob lists compared without surrounding blanks. An empty version means any.
 */
export function servingCores(
  { core: name, coreVersion }: CoreQuery,
  cores: readonly CoreConfig[],
): readonly CoreConfig[] {
  const version = coreVersion.trim();
  const named = coresByKey(cores).get(foldName(name)) ?? [];
  return named
    .filter(({ versions }) => version === "" || versions.some((match) => match(version)))
    .map(({ core }) => core);
}

interface VersionedCore {
  readonly core: CoreConfig;
  readonly versions: readonly ((version: string) => boolean)[];
}

/** The configuration stays the same from request to request: its names are folded and its globs compiled once. */
const preparedCores = new WeakMap<readonly CoreConfig[], ReadonlyMap<string, readonly VersionedCore[]>>();

function coresByKey(cores: readonly CoreConfig[]): ReadonlyMap<string, readonly VersionedCore[]> {
  const known = preparedCores.get(cores);
  if (known !== undefined) {
    return known;
  }
  const prepared = new Map<string, VersionedCore[]>();
  for (const core of cores) {
    const key = foldName(core.name);
    const versioned = { core, versions: core.versions.map(compileGlob) };
    prepared.set(key, [...(prepared.get(key) ?? []), versioned]);
  }
  preparedCores.set(cores, prepared);
  return prepared;
}

/** `*` stands for any text, `?` for one character; everything else for itself. */
function compileGlob(glob: string): (text: string) => boolean {
  const trimmed = glob.trim();
  if (trimmed === "*") {
    return () => true;
  }
  const pattern = trimmed
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replace(/\?/g, ".");
  const expression = new RegExp(`^${pattern}$`, "su");
  return (text) => expression.test(text);
}
