import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { afterAllTests, afterThisTest, type Cleanup } from "../helpers/cleanup.ts";
import {
  releases,
  retroArchProgram,
  shareCore,
  type Distribution,
  type Release,
} from "../helpers/distribution.ts";
import type { Netplayd } from "../helpers/netplayd.ts";
import { describePlayer, learnBuild } from "./learn-build.ts";
import { requireDistribution } from "./make-distribution.ts";
import { parts, type Build, type Cell, type Outcome, type Part } from "./matrix-result.ts";
import { passwordColumns, tryRoomPassword, tryRoomsByPassword, type Seen } from "./passwords.ts";
import { enter, playCell, type PlayerSetup } from "./play-cell.ts";
import { renderReport } from "./render-report.ts";
import { hostedVersion, routes, startServer, type HostSetup, type Room, type Route } from "./route.ts";

/** A distribution ready to host and to play, with its own core. */
type Side = Build & PlayerSetup;

interface Pair {
  readonly host: Release;
  readonly client: Release;
}

const [oldest] = releases;
const newest = releases[releases.length - 1] ?? oldest;
const cleanup = afterAllTests();
const sides = new Map<Release, Side>();
const cells: Cell[] = [];
const reportFile = process.env.NETPLAYD_MATRIX_REPORT;
const scratch = cleanup.folder();
/** The builds of all distributions, in one folder of a server. */
const allBuilds = path.join(scratch, "all-builds");

beforeAll(async () => {
  mkdirSync(allBuilds);
  for (const distribution of releases.map(requireDistribution)) {
    const ready = await prepare(distribution);
    sides.set(distribution.release as Release, ready);
    copyFileSync(ready.library, path.join(allBuilds, `nestopia-${distribution.release}_libretro.so`));
  }
});

afterAll(() => {
  const names = routes.map(({ name }) => name);
  const columns: Record<Part, readonly string[]> = {
    "one-core": names,
    "own-cores": names,
    "all-builds": routes.filter(({ isHosted }) => isHosted).map(({ name }) => name),
    passwords: Object.values(passwordColumns),
  };
  const report = renderReport({ builds: [...sides.values()], cells, columns });
  if (reportFile !== undefined) {
    writeFileSync(reportFile, report);
  }
});

const pairs = releases.flatMap((host) => releases.map((client) => ({ host, client })));

describe.concurrent("the matrix", () => {
  describe.each(routes)("through $name", (route) => {
    describe(`when ${parts["one-core"].title}`, () => {
      it.for(pairs)("$host hosts and $client plays", async (pair, context) => {
        const outcome = await record("one-core", route, pair, playWithOneCore, afterThisTest(context));
        expect(outcome.type).toBe("plays");
      });
    });

    describe(`when ${parts["own-cores"].title}`, () => {
      it.for(pairs)("$client plays on $host if their savestates have one size", async (pair, context) => {
        const outcome = await record("own-cores", route, pair, playWithOwnCores, afterThisTest(context));
        const isSameSize = side(pair.host).stateBytes === side(pair.client).stateBytes;
        expect(outcome.type).toBe(isSameSize ? "plays" : "drops-itself");
      });
    });
  });

  describe.each(routes.filter(({ isHosted }) => isHosted))("through $name", (route) => {
    describe(`when ${parts["all-builds"].title}`, () => {
      it.for(pairs)("$client plays beside $host, each with the own build", async (pair, context) => {
        const outcome = await record("all-builds", route, pair, playBesideOthers, afterThisTest(context));
        expect(outcome.type).toBe("plays");
      });
    });
  });

  describe(`when ${parts.passwords.title}`, () => {
    it.for(pairs)("by $host, $client gets in with the right one only", async (pair, context) => {
      const { owner, joiner } = { owner: withOneCore(pair.host), joiner: withOneCore(pair.client) };
      const test = afterThisTest(context);
      await recordSeen(pair, ["right", "wrong"], () => tryRoomPassword(test, { owner, joiner }));
    });

    it.for(pairs)("by the server with $host, the password of $client is a room", async (pair, context) => {
      const cast = { host: withOneCore(pair.host), joiner: withOneCore(pair.client) };
      const test = afterThisTest(context);
      await recordSeen(pair, ["same", "another", "none"], () =>
        tryRoomsByPassword(test, { ...cast, companion: side(oldest) }),
      );
    });
  });
});

async function prepare(distribution: Distribution): Promise<Side> {
  const program = retroArchProgram(distribution, scratch);
  const setup = await describePlayer(program, shareCore(distribution, "nestopia", scratch));
  return { ...distribution, ...setup, ...(await learnBuild(cleanup, setup)) };
}

function side(release: Release): Side {
  const found = sides.get(release);
  if (found === undefined) {
    throw new Error(`${release} is not ready`);
  }
  return found;
}

/** The RetroArch of this release with the core of the oldest one, which all releases can load. */
function withOneCore(release: Release): PlayerSetup {
  return { ...side(release), library: side(oldest).library };
}

type Play = (test: Cleanup, route: Route, pair: Pair) => Promise<Outcome>;

/** Plays a cell and stores the outcome for the report; a cell's error is thrown. */
async function record(part: Part, route: Route, pair: Pair, play: Play, test: Cleanup): Promise<Outcome> {
  const keep = (outcome: Outcome): Outcome => {
    cells.push({ part, route: route.name, ...pair, outcome });
    return outcome;
  };
  try {
    return keep(await play(test, route, pair));
  } catch (error) {
    keep({ type: "failed" });
    throw error;
  }
}

/** The same for a test that fills several columns. */
async function recordSeen(
  pair: Pair,
  columns: readonly (keyof typeof passwordColumns)[],
  look: () => Promise<Seen>,
): Promise<void> {
  const keep = (seen: Seen): void => {
    for (const column of columns) {
      const what = seen[column];
      const outcome: Outcome = what === undefined ? { type: "failed" } : { type: "seen", what };
      cells.push({ part: "passwords", route: passwordColumns[column], ...pair, outcome });
    }
  };
  try {
    keep(await look());
  } catch (error) {
    keep({});
    throw error;
  }
}

/** With one core for all, the companion has the oldest RetroArch: three versions meet in a room. */
async function playWithOneCore(test: Cleanup, route: Route, { host, client }: Pair): Promise<Outcome> {
  const { program, library } = withOneCore(host);
  const { room } = await open(test, route, { program, core: { library } });
  return playCell(test, room, { joiner: withOneCore(client), companion: side(oldest) });
}

async function playWithOwnCores(test: Cleanup, route: Route, { host, client }: Pair): Promise<Outcome> {
  const { program, library } = side(host);
  const { room } = await open(test, route, { program, core: { library } });
  return playCell(test, room, { joiner: side(client), companion: side(client) });
}

/** The server runs the newest distribution, which loads all builds. A player of one release is in the room when the others come. */
async function playBesideOthers(test: Cleanup, route: Route, { host, client }: Pair): Promise<Outcome> {
  const hosting = { program: side(newest).program, core: { libraries: allBuilds } };
  const { server, room: first } = await open(test, route, hosting, side(host).coreVersion);
  const zoe = await enter(test, first, "zoe", side(host), true);
  await zoe.sees("Connected to:");
  const room = await route.open(server, { cleanup: test, host: hosting, ...side(client) });
  return playCell(test, room, {
    joiner: side(client),
    companion: side(client),
    async meanwhile(nick) {
      expect(await hostedVersion(server, "zoe")).toBe(side(host).coreVersion.trim());
      expect(await hostedVersion(server, nick)).toBe(side(client).coreVersion.trim());
    },
  });
}

async function open(
  test: Cleanup,
  route: Route,
  host: HostSetup,
  coreVersion = "",
): Promise<{ readonly server: Netplayd; readonly room: Room }> {
  const server = await startServer(test, host);
  return { server, room: await route.open(server, { cleanup: test, host, coreVersion }) };
}
