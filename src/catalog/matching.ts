import type { CoreConfig } from "../config.ts";
import { fail, ok, type Crc32, type Result } from "../shared/index.ts";
import { foldName } from "./content-path.ts";

/** What a player asks for; text may be empty, CRC 0 is unknown. */
export interface GameQuery {
  readonly core: string;
  readonly coreVersion: string;
  readonly game: string;
  readonly base: string;
  readonly crc: Crc32;
}

/** What matching has to know of an entry. */
export interface Candidate {
  /** File name without extension, folded by `foldName`. */
  readonly baseKey: string;
  /** The last scan did not find its file. */
  readonly missing: boolean;
}

/** The catalog's answers, each in the order in which the entries were added. */
export interface Lookups<C extends Candidate> {
  byCrc(core: CoreConfig, crc: Crc32): readonly C[];
  /** Entries with this name, folded: first by file name, then by any other name that is known for them. */
  byName(core: CoreConfig, key: string): readonly C[];
}

/**
 * The core that hosts: names compare case-insensitively, versions are glob lists compared without surrounding
 * blanks, the first entry that matches hosts. An empty version takes the first entry of that name.
 */
export function chooseCore(
  query: Pick<GameQuery, "core" | "coreVersion">,
  cores: readonly CoreConfig[],
): Result<CoreConfig, "unknown-core" | "core-version"> {
  const key = foldName(query.core);
  const version = query.coreVersion.trim();
  let named = false;
  for (const core of cores) {
    if (foldName(core.name) !== key) {
      continue;
    }
    if (version === "" || core.versions.some((glob) => matchesGlob(glob.trim(), version))) {
      return ok(core);
    }
    named = true;
  }
  return fail(named ? "core-version" : "unknown-core");
}

/**
 * The entry that a query means, or undefined. By CRC, and among several the one with the query's base name; a
 * query without a CRC, and a core whose sets have no stable one (`match: name`), by base name, then by game name.
 * Entries whose file is there go before those whose file is gone.
 */
export function chooseEntry<C extends Candidate>(
  query: GameQuery,
  core: CoreConfig,
  lookups: Lookups<C>,
): C | undefined {
  const baseKey = foldName(query.base);
  if (query.crc !== 0 && core.match === "crc") {
    const found = presentFirst(lookups.byCrc(core, query.crc));
    return found.find((candidate) => candidate.baseKey === baseKey) ?? found[0];
  }
  return byName(baseKey, core, lookups) ?? byName(foldName(query.game), core, lookups);
}

function byName<C extends Candidate>(key: string, core: CoreConfig, lookups: Lookups<C>): C | undefined {
  return key === "" ? undefined : presentFirst(lookups.byName(core, key))[0];
}

function presentFirst<C extends Candidate>(candidates: readonly C[]): readonly C[] {
  const present = candidates.filter((candidate) => !candidate.missing);
  return present.length > 0 ? present : candidates;
}

/** `*` stands for any text, `?` for one character; everything else for itself. */
function matchesGlob(glob: string, text: string): boolean {
  if (glob === "*") {
    return true;
  }
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${pattern}$`, "su").test(text);
}
