import { describe, expect, it } from "vitest";
import type { NoRoom } from "../../../src/join-request.ts";
import { explainRefusal, type ExplanationParts } from "../../../src/matchmaking/explain.ts";
import { toCrc32 } from "../../../src/shared/index.ts";
import { core } from "../catalog/catalog-fixture.ts";
import { request } from "./join-request.ts";

const own = { coreName: "Fake", coreVersion: "1" };

/** What a player with core Fake is told. */
function explain(reason: string, parts: Partial<ExplanationParts> = {}): NoRoom {
  return explainRefusal(reason, request, {
    cores: [core("First"), core("fake")],
    otherCrc: (name, crc) => (name === "Fake" && crc === 1 ? toCrc32(2) : undefined),
    versionOf: (name) => (name === "Fake" ? "1.5" : ""),
    ...parts,
  });
}

describe("a player for whom no room was found", () => {
  it("is shown a core that is hosted when theirs is not", () => {
    const show = { coreName: "First", coreVersion: "", crc: 0 };
    expect(explain("unknown-core")).toEqual({ reason: "unknown-core", show });
    expect(explain("unknown-core", { cores: [] })).toEqual({ reason: "unknown-core" });
  });

  it("is shown another core, with a version that is hosted, when no build has theirs", () => {
    const show = { coreName: "another Fake", coreVersion: "1.5", crc: 0 };
    expect(explain("core-version")).toEqual({ reason: "core-version", show });
  });

  it.each(["unknown-game", "content-missing", "content-changed"])(
    "is shown another game of their core for the reason %s, if there is one",
    (reason) => {
      expect(explain(reason)).toEqual({ reason, show: { ...own, crc: 2 } });
      expect(explain(reason, { otherCrc: () => undefined })).toEqual({ reason });
    },
  );

  it("is shown their core without a game when its games are found by name", () => {
    const cores = [core("fake", { match: "name" })];
    expect(explain("unknown-game", { cores })).toEqual({ reason: "unknown-game", show: { ...own, crc: 0 } });
  });

  it("is shown nothing for a reason that RetroArch has no words for", () => {
    expect(explain("not-verified")).toEqual({ reason: "not-verified" });
  });
});
