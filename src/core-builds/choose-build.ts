import type { CoreConfig } from "../config.ts";
import { fail, ok, type Result } from "../shared/index.ts";
import type { CoreBuild } from "./core-build.ts";

/** A build that could host, in the order of the configuration. */
export interface Candidate {
  /** The entry of the configuration with this build as its `library`. */
  readonly core: CoreConfig;
  /** Undefined until it has hosted once. */
  readonly build: CoreBuild | undefined;
}

export interface Choice {
  readonly core: CoreConfig;
  /** `exact`: the player's version. `first`: no other is known to fit better. */
  readonly match: "exact" | "same-state-size" | "first";
}

/**
 * The build that hosts for a player whose core has this version.
 *
 * @param version - Compared without surrounding blanks; empty: unknown.
 * @param candidates - At least one; the first one's `versionPolicy` decides.
 * @param remembered - All builds of this core that were ever learnt, those whose file is gone included: they know how large the
 * savestates of the player's build are.
 */
export function chooseBuild(
  version: string,
  candidates: readonly [Candidate, ...Candidate[]],
  remembered: readonly CoreBuild[],
): Result<Choice, "core-version"> {
  const able = candidates.filter(({ build }) => build?.outcome.netplay !== false);
  // When none is able, the first one's failure to host says why.
  const first = able[0] ?? candidates[0];
  const wanted = version.trim();
  if (wanted === "") {
    return ok({ core: first.core, match: "first" });
  }
  const exact = able.find(({ build }) => versionOf(build) === wanted);
  if (exact !== undefined) {
    return ok({ core: exact.core, match: "exact" });
  }
  const { versionPolicy } = candidates[0].core;
  if (versionPolicy === "exact") {
    return fail("core-version");
  }
  const references = remembered.filter((build) => versionOf(build) === wanted);
  const similar = able.find(({ build }) => references.some((reference) => hasSameStates(build, reference)));
  if (similar !== undefined) {
    return ok({ core: similar.core, match: "same-state-size" });
  }
  // A player's RetroArch leaves when the savestate has another size than its own.
  const hopeful = able.find(
    ({ build }) => !references.some((reference) => hasSameStates(build, reference) === false),
  );
  if (hopeful !== undefined) {
    return ok({ core: hopeful.core, match: "first" });
  }
  return versionPolicy === "same-state-size" && able.length > 0
    ? fail("core-version")
    : ok({ core: first.core, match: "first" });
}

/** Undefined while it is not known. */
export function versionOf(build: CoreBuild | undefined): string | undefined {
  return build?.outcome.netplay === true ? build.outcome.version : undefined;
}

/**
 * Whether their savestates have the same size; undefined when it is not known. A core's savestates may be larger for one game than
 * for another, and with one option than with another, so only those of one trial compare.
 */
function hasSameStates(one: CoreBuild | undefined, other: CoreBuild): boolean | undefined {
  return one?.outcome.netplay === true &&
    other.outcome.netplay &&
    one.setting === other.setting &&
    one.sample === other.sample
    ? one.outcome.stateSizeBytes === other.outcome.stateSizeBytes
    : undefined;
}
