import type { GameQuery } from "../../game.ts";
import type { CoreConfig } from "../../config.ts";
import { fail, foldName, ok, type Crc32, type Result } from "../../shared/index.ts";

/** What matching has to know of an entry. */
export interface MatchCandidate {
  /** File name without extension, folded by `foldName`. */
  readonly baseKey: string;
  /** 1 when the last scan did not find its file. */
  readonly missing: 0 | 1;
}

/** The catalog's answers for a core, by its name as `foldName` has it; each in the order in which the entries were added. */
export interface Lookups<C extends MatchCandidate> {
  byCrc(coreKey: string, crc: Crc32): readonly C[];
  /** Entries with this name, folded: first by file name, then by any other name that is known for them. */
  byName(coreKey: string, key: string): readonly C[];
}

/**
 * The core that hosts: names compare case-insensitively, versions are glob lists compared without surrounding
 * blanks, the first entry that matches hosts. An empty version takes the first entry of that name.
 */
export function chooseCore(
  query: Pick<GameQuery, "core" | "coreVersion">,
  cores: readonly CoreConfig[],
): Result<CoreConfig, "unknown-core" | "core-version"> {
  const named = coresByKey(cores).get(foldName(query.core));
  if (named === undefined) {
    return fail("unknown-core");
  }
  const first = named.find(serves(query.coreVersion));
  return first === undefined ? fail("core-version") : ok(first.core);
}

/** All cores that may host for this query, in the order of the configuration. */
export function servingCores(
  query: Pick<GameQuery, "core" | "coreVersion">,
  cores: readonly CoreConfig[],
): readonly CoreConfig[] {
  const named = coresByKey(cores).get(foldName(query.core)) ?? [];
  return named.filter(serves(query.coreVersion)).map(({ core }) => core);
}

function serves(coreVersion: string): (core: VersionedCore) => boolean {
  const version = coreVersion.trim();
  return ({ versions }) => version === "" || versions.some((match) => match(version));
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

/**
 * The entry that a query means, or undefined. By CRC, and among several the one with the query's base name; a
 * query without a CRC, and a core whose sets have no stable one (`match: name`), by base name, then by game name.
 * Entries whose file is there go before those whose file is gone.
 */
export function chooseEntry<C extends MatchCandidate>(
  query: GameQuery,
  core: Pick<CoreConfig, "match">,
  lookups: Lookups<C>,
): C | undefined {
  const key = foldName(query.core);
  if (query.crc !== 0 && core.match === "crc") {
    const found = presentFirst(lookups.byCrc(key, query.crc));
    if (found.length < 2) {
      return found[0];
    }
    const baseKey = foldName(query.base);
    return found.find((candidate) => candidate.baseKey === baseKey) ?? found[0];
  }
  return byName(foldName(query.base), key, lookups) ?? byName(foldName(query.game), key, lookups);
}

function byName<C extends MatchCandidate>(name: string, core: string, lookups: Lookups<C>): C | undefined {
  return name === "" ? undefined : presentFirst(lookups.byName(core, name))[0];
}

function presentFirst<C extends MatchCandidate>(candidates: readonly C[]): readonly C[] {
  if (candidates.length < 2) {
    return candidates;
  }
  const present = candidates.filter((candidate) => candidate.missing === 0);
  return present.length > 0 ? present : candidates;
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
