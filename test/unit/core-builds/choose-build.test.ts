import { describe, expect, it } from "vitest";
import { chooseBuild, type Candidate } from "../../../src/core-builds/choose-build.ts";
import type { BuildOutcome, CoreBuild } from "../../../src/core-builds/core-build.ts";
import { core } from "../catalog/catalog-fixture.ts";

type Policy = "exact" | "same-state-size" | "any";

interface Trial {
  readonly sample?: string;
  readonly setting?: string;
}

function build(outcome: BuildOutcome, { sample = "game", setting = "default" }: Trial = {}): CoreBuild {
  return { sha256: "", file: "x.so", core: "Nestopia", setting, sample, outcome };
}

/** A build of this version and size of savestates. */
function known(version: string, stateSizeBytes: number, trial?: Trial): CoreBuild {
  return build({ netplay: true, version, stateSizeBytes, sramBytes: 0 }, trial);
}

const unable = build({ netplay: false, reason: "no" });

function choose(
  version: string,
  builds: Readonly<Record<string, CoreBuild | undefined>>,
  policy: Policy = "same-state-size",
  gone: readonly CoreBuild[] = [],
): string {
  const candidates = Object.entries(builds).map(([library, candidate]) => ({
    core: core("Nestopia", { library, versionPolicy: policy }),
    build: candidate,
  }));
  const present = Object.values(builds).filter((one) => one !== undefined);
  const chosen = chooseBuild(version, candidates as unknown as [Candidate], [...present, ...gone]);
  return chosen.ok ? `${chosen.value.core.library} ${chosen.value.match}` : chosen.reason;
}

const two = { old: known("1.52.0", 100), new: known("1.53.0", 120) };

describe("the build that hosts", () => {
  it.each<[string, Policy, string]>([
    ["1.52.0", "exact", "old exact"],
    ["1.53.0", "exact", "new exact"],
    ["1.53.0", "same-state-size", "new exact"],
    [" 1.53.0 ", "any", "new exact"],
    ["", "exact", "old first"],
    ["  ", "same-state-size", "old first"],
    ["1.54", "exact", "core-version"],
    ["1.54", "same-state-size", "old first"],
    ["1.54", "any", "old first"],
  ])("for version %j with policy %s is %s", (version, policy, chosen) => {
    expect(choose(version, two, policy)).toBe(chosen);
  });

  it.each<[string, CoreBuild, Policy, string]>([
    ["has the size of the first", known("1.51", 100), "same-state-size", "old same-state-size"],
    ["has the size of the second", known("1.51", 120), "same-state-size", "new same-state-size"],
    ["has the size of the second, and any will do", known("1.51", 120), "any", "new same-state-size"],
    ["has the size of the second, but only the same will do", known("1.51", 120), "exact", "core-version"],
    ["has another size than all", known("1.51", 90), "same-state-size", "core-version"],
    ["has another size than all, and any will do", known("1.51", 90), "any", "old first"],
    ["was tried with another game", known("1.51", 120, { sample: "other" }), "same-state-size", "old first"],
    [
      "was tried with other options",
      known("1.51", 120, { setting: "other" }),
      "same-state-size",
      "old first",
    ],
    ["could not host", unable, "same-state-size", "old first"],
  ])("when the player's own, gone from here, %s", (_what, gone, policy, chosen) => {
    expect(choose("1.51", two, policy, [gone])).toBe(chosen);
  });

  it("is one that is not known yet rather than one whose savestates cannot be loaded", () => {
    const builds = { old: known("1.52.0", 100), unknown: undefined };
    expect(choose("1.51", builds, "same-state-size", [known("1.51", 120)])).toBe("unknown first");
    expect(choose("1.51", builds, "any", [known("1.51", 120)])).toBe("unknown first");
  });

  it("is none that failed to host, unless there is no other", () => {
    expect(choose("", { broken: unable, old: known("1.52.0", 100) })).toBe("old first");
    expect(choose("1.51", { broken: unable, unknown: undefined })).toBe("unknown first");
    // Its start fails, and its own messages go to the log.
    expect(choose("1.51", { broken: unable })).toBe("broken first");
    expect(choose("1.51", { broken: unable }, "exact")).toBe("core-version");
  });

  it("is the first when none is known yet, but not with versionPolicy exact", () => {
    const builds = { one: undefined, two: undefined };
    expect(choose("1.52.0", builds)).toBe("one first");
    expect(choose("1.52.0", builds, "any")).toBe("one first");
    expect(choose("1.52.0", builds, "exact")).toBe("core-version");
  });

  it("is the first of two of the same version", () => {
    expect(choose("1.52.0", { one: known("1.52.0", 100), two: known("1.52.0", 120) })).toBe("one exact");
  });
});
