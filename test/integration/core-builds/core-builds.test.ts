import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { CoreConfig } from "../../../src/config.ts";
import type { BuildOutcome } from "../../../src/core-builds/core-build.ts";
import { createCoreBuilds, type CoreBuilds } from "../../../src/core-builds/index.ts";
import { createMemoryLogger } from "../../../src/logging/index.ts";
import { scratchFolder } from "../../helpers/cleanup.ts";
import { StandingClock } from "../../helpers/netplay-clock.ts";
import { core } from "../../unit/catalog/catalog-fixture.ts";

const never = new AbortController().signal;

/** Cores whose libraries are small text files with the version that they announce; `broken` does not host. */
class Bench {
  readonly folder = scratchFolder();
  readonly clock = new StandingClock();
  readonly file = path.join(this.folder, "core-builds.json");
  /** `version/game` of every host that was started. */
  readonly hosted: string[] = [];
  games: string[] = ["rally"];
  readonly logged: readonly Record<string, unknown>[];
  readonly #logger: ReturnType<typeof createMemoryLogger>["logger"];

  constructor() {
    const { logger, lines } = createMemoryLogger("info");
    this.#logger = logger;
    this.logged = lines;
  }

  library(name: string, version: string): string {
    const file = path.join(this.folder, name);
    writeFileSync(file, version);
    return file;
  }

  open(...cores: CoreConfig[]): CoreBuilds {
    return createCoreBuilds({
      file: this.file,
      cores,
      logger: this.#logger,
      samples: (_core, preferred) =>
        this.games
          .toSorted((a, b) => Number(b === preferred) - Number(a === preferred))
          .map((id) => ({ id, host: (build) => Promise.resolve(this.#host(build, id)) })),
    });
  }

  #host({ library }: CoreConfig, game: string): BuildOutcome {
    const version = readFileSync(library, "utf8");
    this.hosted.push(`${version}/${game}`);
    return version === "broken" || game === "damaged"
      ? { netplay: false, reason: "cannot" }
      : { netplay: true, version, stateSizeBytes: 100, sramBytes: 8 };
  }
}

function nestopia(libraries: string[], changes: Partial<CoreConfig> = {}): CoreConfig {
  return core("Nestopia", { library: libraries[0] ?? "", libraries, ...changes });
}

describe("builds", () => {
  it("are learned once, also after restarts and under other file names", async () => {
    const bench = new Bench();
    const entry = nestopia([bench.library("a.so", "1.52"), bench.library("b.so", "1.53")]);
    expect(bench.open(entry).rows()).toMatchObject([{ outcome: undefined }, { outcome: undefined }]);
    await bench.open(entry).learn(never);
    await bench.open(entry).learn(never);
    expect(bench.hosted).toEqual(["1.52/rally", "1.53/rally"]);
    const renamed = nestopia([bench.library("c.so", "1.53")]);
    await bench.open(renamed).learn(never);
    expect(bench.hosted).toHaveLength(2);
    expect(bench.open(renamed).rows()).toMatchObject([{ outcome: { version: "1.53", stateSizeBytes: 100 } }]);
  });

  it("are learned again when their file or their options change", async () => {
    const bench = new Bench();
    const file = bench.library("a.so", "1.52");
    await bench.open(nestopia([file])).learn(never);
    bench.library("a.so", "1.53");
    utimesSync(file, 1, 1);
    expect(bench.open(nestopia([file])).rows()).toMatchObject([{ outcome: undefined }]);
    await bench.open(nestopia([file])).learn(never);
    await bench.open(nestopia([file], { options: { region: "pal" } })).learn(never);
    expect(bench.hosted).toEqual(["1.52/rally", "1.53/rally", "1.53/rally"]);
  });

  it("are all tried with the same game, so that their savestates can be compared", async () => {
    const bench = new Bench();
    const old = bench.library("a.so", "1.52");
    await bench.open(nestopia([old])).learn(never);
    bench.games = ["another", "rally"];
    await bench.open(nestopia([old, bench.library("b.so", "1.53")])).learn(never);
    expect(bench.hosted).toEqual(["1.52/rally", "1.53/rally"]);
    bench.games = ["another"];
    await bench.open(nestopia([old, bench.library("b.so", "1.53")])).learn(never);
    expect(bench.hosted.slice(2)).toEqual(["1.52/another", "1.53/another"]);
  });

  it("that do not host with one game are tried with the next, and by every process again", async () => {
    const bench = new Bench();
    bench.games = ["damaged", "rally"];
    const able = nestopia([bench.library("a.so", "1.52")]);
    await bench.open(able).learn(never);
    expect(bench.open(able).rows()).toMatchObject([{ outcome: { version: "1.52" } }]);
    const broken = nestopia([bench.library("b.so", "broken")]);
    const builds = bench.open(broken);
    await builds.learn(never);
    await builds.learn(never);
    await bench.open(broken).learn(never);
    expect(bench.hosted.filter((host) => host === "broken/rally")).toHaveLength(2);
    expect(builds.rows()).toMatchObject([{ outcome: { netplay: false, reason: "cannot" } }]);
  });

  it("are not tried without a game, or without their file", async () => {
    const bench = new Bench();
    bench.games = [];
    const builds = bench.open(nestopia([bench.library("a.so", "1.52"), "/no/such.so"]));
    await builds.learn(never);
    expect(bench.hosted).toEqual([]);
    expect(builds.rows()).toMatchObject([{ outcome: undefined }, { outcome: undefined }]);
    expect(bench.logged).toMatchObject([{ msg: "core build not tried", library: "/no/such.so" }]);
  });

  it("are not learned any more when the server stops", async () => {
    const bench = new Bench();
    const abort = new AbortController();
    abort.abort();
    await bench.open(nestopia([bench.library("a.so", "1.52")])).learn(abort.signal);
    expect(bench.hosted).toEqual([]);
  });

  it("serve their own version, and a refusal names the version that is needed", async () => {
    const bench = new Bench();
    const [old, recent] = [bench.library("a.so", "1.52"), bench.library("b.so", "1.53 ".trim())];
    // Two entries of one core are one pool, each build with its own entry's settings.
    const entries = [nestopia([old], { versionPolicy: "exact" }), nestopia([recent], { players: 4 })];
    const builds = bench.open(...entries);
    expect(builds.choose("1.53", entries)).toMatchObject({ amongUnknown: true });
    await builds.learn(never);
    expect(builds.choose("1.53", entries)).toMatchObject({
      core: { ok: true, value: { library: recent, players: 4 } },
      amongUnknown: false,
    });
    expect(builds.choose(" 1.52", entries).core).toMatchObject({
      ok: true,
      value: { library: old, players: 2 },
    });
    expect(builds.choose("1.54 ", entries).core).toEqual({ ok: false, reason: "core-version" });
    expect(bench.logged.at(-1)).toMatchObject({ needed: "Nestopia 1.54", available: ["1.52", "1.53"] });
    expect(builds.choose("1.54", entries.slice(1)).core).toMatchObject({ value: { library: recent } });
    expect(bench.logged.at(-1)).toMatchObject({ needed: "Nestopia 1.54", match: "first" });
  });

  it.each(["", "{", "[]", '{"version":2}', '{"version":1,"libraries":{},"builds":[{}]}'])(
    "are learnt anew where the file holds %j",
    async (text) => {
      const bench = new Bench();
      writeFileSync(bench.file, text);
      const entry = nestopia([bench.library("a.so", "1.52")]);
      await bench.open(entry).learn(never);
      expect(bench.open(entry).rows()).toMatchObject([{ outcome: { version: "1.52" } }]);
      expect(existsSync(bench.file)).toBe(true);
      expect(readdirSync(bench.folder).toSorted()).toEqual(["a.so", "core-builds.json"]);
    },
  );
});
