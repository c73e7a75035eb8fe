import path from "node:path";
import type { CoreConfig } from "../config.ts";
import { countBy, describeError, fail, foldName, ok, type Logger, type Result } from "../shared/index.ts";
import { openBuildStore, type BuildStore } from "./build-store.ts";
import { chooseBuild, versionOf, type Candidate } from "./choose-build.ts";
import { settingOf, type BuildOutcome, type CoreBuild } from "./core-build.ts";
import type { Sample } from "./samples.ts";

export interface CoreBuildsParts {
  readonly file: string;
  readonly cores: readonly CoreConfig[];
  readonly logger: Logger;
  /** A few games of this core to try, best first; `preferred` among them if it is still there. */
  readonly samples: (core: CoreConfig, preferred: string | undefined) => readonly Sample[];
}

/** A build as people see it. */
export interface BuildRow {
  readonly core: string;
  readonly library: string;
  /** Undefined until it has hosted once. */
  readonly outcome: BuildOutcome | undefined;
}

interface Chosen {
  readonly core: Result<CoreConfig, "core-version">;
  /** A build of these entries is not known, and this process has not tried it: the choice could become a better one. */
  readonly amongUnknown: boolean;
}

export interface CoreBuilds {
  /**
   * The entry to host with for this version of a core, its `library` the chosen build.
   *
   * @param serving - The entries whose name and `versions` fit, at least one.
   */
  readonly choose: (version: string, serving: readonly CoreConfig[]) => Chosen;
  /** Lets every build host once that is not known yet, one after the other. */
  readonly learn: (signal: AbortSignal) => Promise<void>;
  readonly rows: () => BuildRow[];
}

export function createCoreBuilds(parts: CoreBuildsParts): CoreBuilds {
  const { file, cores, logger } = parts;
  const context: Context = { ...parts, store: openBuildStore(file), tried: new Set() };
  const { store, tried } = context;
  return {
    choose(version, serving) {
      const candidates = candidatesOf(serving, store);
      return {
        core: choose(version, candidates, context),
        amongUnknown: candidates.some(({ core, build }) => build === undefined && !tried.has(trialKey(core))),
      };
    },
    async learn(signal) {
      for (const { core } of candidatesOf(cores, store)) {
        if (signal.aborted) {
          return;
        }
        await learnOne(core, context, signal).catch((error: unknown) => {
          tried.add(trialKey(core));
          const facts = { core: core.name, library: core.library, error: describeError(error) };
          logger.warn(facts, "core build not tried");
        });
      }
    },
    rows: () =>
      candidatesOf(cores, store).map(({ core, build }) => ({
        core: core.name,
        library: core.library,
        outcome: build?.outcome,
      })),
  };
}

interface Context extends CoreBuildsParts {
  readonly store: BuildStore;
  /** What this process has tried, by `trialKey`. */
  readonly tried: Set<string>;
}

/** Looks at each library's file, whose bytes may be others by now. */
function candidatesOf(entries: readonly CoreConfig[], store: BuildStore): Candidate[] {
  return entries.flatMap((entry) =>
    entry.libraries.map((library) => {
      const core = { ...entry, library };
      return { core, build: findBuild(store, core) };
    }),
  );
}

/** A build that could not host is tried again by every process: a BIOS file may have come, or a better game. */
async function learnOne(
  core: CoreConfig,
  { store, tried, samples, logger }: Context,
  signal: AbortSignal,
): Promise<void> {
  const sha256 = await store.identify(core.library);
  const known = findBuild(store, core);
  const offered = samples(core, preferredSample(store, core));
  const isCurrent = known?.outcome.netplay === true && offered[0]?.id === known.sample;
  if (isCurrent || offered.length === 0 || tried.has(trialKey(core))) {
    return;
  }
  tried.add(trialKey(core));
  const learnt = await tryBuild(core, sha256, offered, signal);
  if (learnt !== undefined) {
    store.put(learnt);
    logger.info({ core: core.name, library: core.library, ...learnt.outcome }, "core build tried");
  }
}

function choose(
  version: string,
  candidates: readonly Candidate[],
  { store, logger }: Context,
): Result<CoreConfig, "core-version"> {
  const [first, ...others] = candidates;
  if (first === undefined) {
    return fail("core-version");
  }
  const remembered = store.builds().filter((build) => isNamed(build, first.core.name));
  const chosen = chooseBuild(version, [first, ...others], remembered);
  const facts = {
    core: first.core.name,
    needed: `${first.core.name} ${version.trim()}`,
    available: candidates.map(describeCandidate),
  };
  if (!chosen.ok) {
    logger.warn(
      { ...facts, versionPolicy: first.core.versionPolicy },
      "no build of the player's core version: put the one that is needed next to the others, or change versionPolicy",
    );
    return chosen;
  }
  const { core, match } = chosen.value;
  if (match !== "exact" && version.trim() !== "" && candidates.some(({ build }) => build !== undefined)) {
    logger.info({ ...facts, match, library: core.library }, "another build than the player's hosts");
  }
  return ok(core);
}

function describeCandidate({ core, build }: Candidate): string {
  const problem = build === undefined ? "not known yet" : "does not host";
  return versionOf(build) ?? `${path.basename(core.library)} (${problem})`;
}

async function tryBuild(
  core: CoreConfig,
  sha256: string,
  offered: readonly Sample[],
  signal: AbortSignal,
): Promise<CoreBuild | undefined> {
  let last: CoreBuild | undefined;
  for (const sample of offered) {
    const outcome = await sample.host(core, signal);
    if (signal.aborted) {
      return undefined;
    }
    last = {
      sha256,
      file: path.basename(core.library),
      core: core.name,
      setting: settingOf(core),
      sample: sample.id,
      outcome,
    };
    if (outcome.netplay) {
      return last;
    }
  }
  return last;
}

function findBuild(store: BuildStore, core: CoreConfig): CoreBuild | undefined {
  const sha256 = store.hashOf(core.library);
  const setting = settingOf(core);
  return sha256 === undefined
    ? undefined
    : store
        .builds()
        .find((build) => build.sha256 === sha256 && build.setting === setting && isNamed(build, core.name));
}

/** The game that most builds of this core were tried with: only those can be compared. */
function preferredSample(store: BuildStore, core: CoreConfig): string | undefined {
  const tried = store.builds().filter((build) => build.outcome.netplay && isNamed(build, core.name));
  const counts = countBy(tried.map(({ sample }) => sample));
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function isNamed(build: CoreBuild, name: string): boolean {
  return foldName(build.core) === foldName(name);
}

function trialKey(core: CoreConfig): string {
  return `${settingOf(core)} ${core.library}`;
}
