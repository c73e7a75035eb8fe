import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { afterAllTests, afterThisTest, type Cleanup } from "../helpers/cleanup.ts";
import {
  releases,
  retroArchProgram,
  shareCore,
  type Distribution,
  type Release,
} from "../helpers/distribution.ts";
import { learnBuild } from "./learn-build.ts";
import { requireDistribution } from "./make-distribution.ts";
import { parts, type Build, type Cell, type Outcome, type Part } from "./matrix-result.ts";
import { playCell, type PlayerSetup } from "./play-cell.ts";
import { renderReport } from "./render-report.ts";
import { routes, type HostedBuild, type Route } from "./route.ts";

/** A distribution ready to host and to play. */
interface Side extends Build {
  readonly program: string;
  /** Its own core. */
  readonly library: string;
}

const [oldest] = releases;
const cleanup = afterAllTests();
const sides = new Map<Release, Side>();
const cells: Cell[] = [];
const reportFile = process.env.NETPLAYD_MATRIX_REPORT;

beforeAll(async () => {
  const scratch = cleanup.folder();
  for (const distribution of releases.map(requireDistribution)) {
    sides.set(distribution.release as Release, await prepare(distribution, scratch));
  }
});

afterAll(() => {
  const report = renderReport({ builds: [...sides.values()], cells });
  if (reportFile !== undefined) {
    writeFileSync(reportFile, report);
  }
});

const pairs = releases.flatMap((host) => releases.map((client) => ({ host, client })));

describe.each(routes)("through $name", (route) => {
  describe(`when ${parts["one-core"]}`, () => {
    it.for(pairs)("$host hosts and $client plays", async ({ host, client }, context) => {
      const outcome = await record(route, { part: "one-core", host, client }, afterThisTest(context));
      expect(outcome.type).toBe("plays");
    });
  });

  describe(`when ${parts["own-cores"]}`, () => {
    it.for(pairs)(
      "$client plays on $host if their savestates have one size",
      async ({ host, client }, context) => {
        const outcome = await record(route, { part: "own-cores", host, client }, afterThisTest(context));
        const isSameSize = side(host).stateBytes === side(client).stateBytes;
        expect(outcome.type).toBe(isSameSize ? "plays" : "drops-itself");
      },
    );
  });

  describe(`when ${parts["all-builds"]}`, () => {
    it.for(pairs)("$client plays on $host if that can load its core", async ({ host, client }, context) => {
      const outcome = await record(route, { part: "all-builds", host, client }, afterThisTest(context));
      const isNoNewer = releases.indexOf(client) <= releases.indexOf(host);
      expect(outcome.type).toBeOneOf(isNoNewer ? ["plays"] : ["plays", "refused"]);
    });
  });
});

async function prepare(distribution: Distribution, scratch: string): Promise<Side> {
  const setup = {
    program: retroArchProgram(distribution, scratch),
    library: shareCore(distribution, "nestopia", scratch),
  };
  const [route] = routes;
  if (route === undefined) {
    throw new Error("no route");
  }
  return { ...distribution, ...setup, ...(await learnBuild(cleanup, route, setup)) };
}

function side(release: Release): Side {
  const found = sides.get(release);
  if (found === undefined) {
    throw new Error(`${release} is not ready`);
  }
  return found;
}

/** Plays a cell and keeps what came of it for the report; the error of one that failed is the test's. */
async function record(
  route: Route,
  pair: { readonly part: Part; readonly host: Release; readonly client: Release },
  test: Cleanup,
): Promise<Outcome> {
  const keep = (outcome: Outcome): Outcome => {
    cells.push({ route: route.name, ...pair, outcome });
    return outcome;
  };
  try {
    return keep(await play(route, pair, test));
  } catch (error) {
    keep({ type: "failed" });
    throw error;
  }
}

async function play(
  route: Route,
  { part, host, client }: Parameters<typeof record>[1],
  test: Cleanup,
): Promise<Outcome> {
  const { library } = side(oldest);
  const guest: PlayerSetup = part === "one-core" ? { ...side(client), library } : side(client);
  const room = await route.open({
    cleanup: test,
    program: side(host).program,
    builds: buildsOf(part, host),
    coreVersion: part === "all-builds" ? side(client).coreVersion : "",
  });
  if (room.type === "refused") {
    console.log(`${host} does not host for ${client}: ${room.reason}`);
    return { type: "refused" };
  }
  // With one core for all, the second player has the oldest RetroArch: three versions meet in a room.
  return playCell(test, room, { guest, companion: part === "one-core" ? side(oldest) : guest });
}

/** The core libraries that the server has. */
function buildsOf(part: Part, host: Release): HostedBuild[] {
  switch (part) {
    case "one-core":
      return [{ library: side(oldest).library, versions: ["*"] }];
    case "own-cores":
      return [{ library: side(host).library, versions: ["*"] }];
    case "all-builds":
      return [...sides.values()].map(({ library, coreVersion }) => ({
        library,
        versions: [coreVersion.trim()],
      }));
  }
}
