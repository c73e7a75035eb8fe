import { describe, expect, it } from "vitest";
import { detectRetroArch } from "../../src/installation/index.ts";
import { highestProtocol } from "../../src/retroarch/index.ts";
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
import { joinSmallClient } from "../helpers/players.ts";
import { playCell } from "../matrix/play-cell.ts";
import { routes, type Room, type Route } from "../matrix/route.ts";

/**
 * The short form of the matrix. It installs nothing: this machine's RetroArch plays with itself through every route, and with those of
 * other Debian releases where `npm run test:matrix` has left their folders.
 */
const cleanup = afterAllTests();
const machine = thisMachine();
const others = process.getuid?.() === 0 ? releases.flatMap(otherRelease) : [];
const [firstRoute] = routes;

describe("this machine's RetroArch", () => {
  it.for([...routes])("plays through $name", async (route, context) => {
    await play(route, { host: machine, client: machine }, afterThisTest(context));
  });

  it.for(others)("hosts for the one of $title", async (other, context) => {
    await play(firstRoute, { host: machine, client: other }, afterThisTest(context));
  });

  it.for(others)("plays on the one of $title", async (other, context) => {
    await play(firstRoute, { host: other, client: machine }, afterThisTest(context));
  });
});

describe("the RetroArch of", () => {
  it.for([machine, ...others])(
    "$title hosts protocols 5 to 7, with and without zlib",
    async (host, context) => {
      const test = afterThisTest(context);
      const { port, folder } = await openRoom(firstRoute, test, host, host);
      const program = retroArchProgram(host, folder);
      const version = await detectRetroArch(program);
      const highest = version.ok ? highestProtocol(version.value) : 0;
      for (const protocol of [5, 6, 7]) {
        for (const compression of [0, 1] as const) {
          const nick = `p${protocol}c${compression}`;
          const client = await joinSmallClient(test, { port, nick, protocol, compression });
          const spoken = Math.min(protocol, highest);
          expect(client.hostHeader?.protocol).toBe(spoken);
          const state = await eventually("a savestate", () => client.savestates[0]);
          expect(state.data).toHaveLength(state.uncompressedBytes);
          // Protocol 7 puts savestates into a container that begins with this.
          expect(state.data.toString("latin1", 0, 7) === "NETPLAY").toBe(spoken >= 7);
          await eventually("it plays", () => client.ports.length === 1 && client.framesSeen > 60);
          await client.close();
        }
      }
    },
  );
});

function otherRelease(release: (typeof releases)[number]): Distribution[] {
  const found = findDistribution(release);
  return found === undefined || found.release === machine.release ? [] : [found];
}

/** Everybody has the core library of the older distribution: the newer one can load it as well. */
async function play(
  route: Route | undefined,
  { host, client }: { readonly host: Distribution; readonly client: Distribution },
  test: Cleanup,
): Promise<void> {
  const age = ({ release }: Distribution): number => releases.findIndex((each) => each === release);
  const room = await openRoom(route, test, host, age(host) <= age(client) ? host : client);
  const { folder, library } = room;
  const guest = { program: retroArchProgram(client, folder), library };
  const companion = { program: retroArchProgram(machine, folder), library };
  expect(await playCell(test, room, { guest, companion })).toMatchObject({ type: "plays" });
}

/** A room of this host, with the core of that distribution. */
async function openRoom(
  route: Route | undefined,
  test: Cleanup,
  host: Distribution,
  coreOf: Distribution,
): Promise<Room & { readonly library: string }> {
  const scratch = cleanup.folder();
  const library = shareCore(coreOf, "nestopia", scratch);
  const builds = [{ library, versions: ["*"] }];
  const program = retroArchProgram(host, scratch);
  const room = await route?.open({ cleanup: test, program, builds, coreVersion: "" });
  if (room?.type !== "open") {
    throw new Error(`no room: ${JSON.stringify(room)}`);
  }
  return { ...room, library };
}
