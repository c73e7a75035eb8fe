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
import { playCell } from "../matrix/play-cell.ts";
import { routes, type Route } from "../matrix/route.ts";

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
  const scratch = cleanup.folder();
  const age = ({ release }: Distribution): number => releases.findIndex((each) => each === release);
  const library = shareCore(age(host) <= age(client) ? host : client, "nestopia", scratch);
  const builds = [{ library, versions: ["*"] }];
  const program = retroArchProgram(host, scratch);
  const room = await route?.open({ cleanup: test, program, builds, coreVersion: "" });
  if (room?.type !== "open") {
    throw new Error(`no room: ${JSON.stringify(room)}`);
  }
  const guest = { program: retroArchProgram(client, scratch), library };
  const companion = { program: retroArchProgram(machine, scratch), library };
  expect(await playCell(test, room, { guest, companion })).toMatchObject({ type: "plays" });
}
