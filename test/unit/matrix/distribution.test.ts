import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../helpers/cleanup.ts";
import {
  distributionFolder,
  findDistribution,
  markComplete,
  releases,
  thisMachine,
} from "../../helpers/distribution.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A release that needs a folder here. */
function otherRelease(): (typeof releases)[number] {
  const other = releases.find((release) => release !== thisMachine().release);
  if (other === undefined) {
    throw new Error("every release is this machine's");
  }
  return other;
}

function halfMade(release: string): string {
  vi.stubEnv("XDG_CACHE_HOME", scratchFolder());
  const folder = distributionFolder(release);
  mkdirSync(path.join(folder, "etc"), { recursive: true });
  const osRelease = `PRETTY_NAME="Debian 99 (${release})"\nVERSION_CODENAME=${release}\n`;
  writeFileSync(path.join(folder, "etc/os-release"), osRelease);
  return folder;
}

describe("the folder of a distribution", () => {
  it("is found once it is complete", () => {
    const release = otherRelease();
    const folder = halfMade(release);
    expect(findDistribution(release)).toBeUndefined();
    markComplete(folder);
    expect(findDistribution(release)).toEqual({ release, title: `Debian 99 (${release})`, root: folder });
  });

  it("is not used when it was made for other packages", () => {
    const release = otherRelease();
    const folder = halfMade(release);
    writeFileSync(path.join(folder, ".netplayd-packages"), "retroarch");
    expect(findDistribution(release)).toBeUndefined();
  });
});
