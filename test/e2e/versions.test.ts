import { describe, expect, it } from "vitest";
import { afterAllTests, afterThisTest, type Cleanup } from "../helpers/cleanup.ts";
import {
  findDistribution,
  releases,
  retroArchProgram,
  shareCore,
  thisMachine,
  type Distribution,
} from "../helpers/distribution.ts";
import { eventually } from "../helpers/eventually.ts";
import { joining } from "../helpers/netplay-port.ts";
import { joinSmallClient } from "../helpers/players.ts";
import { describePlayer } from "../matrix/learn-build.ts";
import { playCell, type PlayerSetup } from "../matrix/play-cell.ts";
import { routes, startServer, type Route } from "../matrix/route.ts";

/**
 * The short form of the matrix. It installs nothing: this machine's RetroArch plays with itself through every route, and with those of
 * other Debian releases where `npm run test:matrix` has left their folders.
 */
const cleanup = afterAllTests();
const machine = thisMachine();
const others = process.getuid?.() === 0 ? releases.flatMap(otherRelease) : [];

describe.concurrent("this machine's RetroArch", () => {
  it.for([...routes])("plays through $name", async (route, context) => {
    await play(route, { host: machine, client: machine }, afterThisTest(context));
  });

  it.for(others)("hosts for the one of $title", async (other, context) => {
    await play(routes[0], { host: machine, client: other }, afterThisTest(context));
  });

  it.for(others)("plays on the one of $title", async (other, context) => {
    await play(routes[0], { host: other, client: machine }, afterThisTest(context));
  });
});

const hosts = [machine, ...others].flatMap((host) => routes.map((route) => ({ ...host, host, route })));

/** No stock RetroArch here speaks protocol 5 or lacks zlib: the small protocol client is used instead. */
describe.concurrent("clients of protocols 5 to 7, with and without zlib,", () => {
  it.for(hosts)("play through $route.name with the RetroArch of $title", async (setup, context) => {
    const test = afterThisTest(context);
    const { program, library, highestProtocol } = await setUp(setup.host, setup.host);
    const host = { program, core: { library } };
    const server = await startServer(test, host);
    const room = await setup.route.open(server, { cleanup: test, host, coreVersion: "" });
    const { port, session } = room;
    const named = session === undefined ? {} : { preamble: joining(session) };
    for (const protocol of [5, 6, 7]) {
      for (const compression of [0, 1] as const) {
        const nick = `p${protocol}c${compression}`;
        const client = await joinSmallClient(test, { port, nick, protocol, compression, ...named });
        const spoken = Math.min(protocol, highestProtocol);
        expect(client.hostHeader?.protocol).toBe(spoken);
        const state = await eventually("a savestate", () => client.savestates[0]);
        expect(state.data).toHaveLength(state.uncompressedBytes);
        // In protocol 7 savestates are in a container that begins with this.
        expect(state.data.toString("latin1", 0, 7) === "NETPLAY").toBe(spoken >= 7);
        await eventually("it plays", () => client.ports.length === 1 && client.framesSeen > 30);
        await client.close();
      }
    }
  });
});

function otherRelease(release: (typeof releases)[number]): Distribution[] {
  const found = findDistribution(release);
  return found === undefined || found.release === machine.release ? [] : [found];
}

/** All players have the core library of the older distribution; the newer one can load it as well. */
async function play(
  route: Route,
  { host, client }: { readonly host: Distribution; readonly client: Distribution },
  test: Cleanup,
): Promise<void> {
  const age = ({ release }: Distribution): number => releases.findIndex((each) => each === release);
  const coreOf = age(host) <= age(client) ? host : client;
  const { program, library } = await setUp(host, coreOf);
  const hosting = { program, core: { library } };
  const server = await startServer(test, hosting);
  const room = await route.open(server, { cleanup: test, host: hosting, coreVersion: "" });
  const joiner = await setUp(client, coreOf);
  const companion = await setUp(machine, coreOf);
  expect(await playCell(test, room, { joiner, companion })).toMatchObject({ type: "plays" });
}

/** The RetroArch of one distribution with the core of another. */
function setUp(distribution: Distribution, coreOf: Distribution): Promise<PlayerSetup> {
  const scratch = cleanup.folder();
  return describePlayer(retroArchProgram(distribution, scratch), shareCore(coreOf, "nestopia", scratch));
}
