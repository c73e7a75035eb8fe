import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { afterAllTests, afterThisTest } from "../helpers/cleanup.ts";
import { releases, retroArchProgram, shareCore } from "../helpers/distribution.ts";
import type { Netplayd } from "../helpers/netplayd.ts";
import { describePlayer } from "./learn-build.ts";
import { requireDistribution } from "./make-distribution.ts";
import { enter, type PlayerSetup } from "./play-cell.ts";
import { hostedVersion, routes, startServer, type HostSetup } from "./route.ts";

/**
 * Real builds of one core, of which the oldest has savestates of another size than the others.
 */
const cleanup = afterAllTests();
const [requested, quickJoin] = routes;

/** From the oldest release to the newest. */
const players: PlayerSetup[] = [];
const versions = ["1.52.0", "1.53.0", "1.53.2"];
let folder: string;
let host: HostSetup;
let server: Netplayd;

const buildFile = (index: number): string =>
  path.join(folder, `nestopia-${versions[index] ?? ""}_libretro.so`);

describe("a server with three real builds of a core", () => {
  beforeAll(async () => {
    const scratch = cleanup.folder();
    folder = path.join(scratch, "builds");
    mkdirSync(folder);
    for (const [index, distribution] of releases.map(requireDistribution).entries()) {
      const program = retroArchProgram(distribution, scratch);
      const player = await describePlayer(program, shareCore(distribution, "nestopia", scratch));
      players.push(player);
      copyFileSync(player.library, buildFile(index));
    }
    // All three builds can be loaded with the newest distribution's system libraries.
    host = { program: players.at(-1)?.program ?? "", core: { libraries: folder } };
    server = await startServer(cleanup, host);
  });

  async function enterAs(nick: string, index: number, coreVersion?: string): Promise<void> {
    const test = afterThisTest();
    const route = coreVersion === undefined ? quickJoin : requested;
    const room = await route.open(server, { cleanup: test, host, coreVersion: coreVersion ?? "" });
    const player = players[index];
    if (player === undefined) {
      throw new Error(`no player ${index}`);
    }
    await (await enter(test, room, nick, player)).joinedAs(1);
  }

  it("learns that the oldest one's savestates have another size", () => {
    const tried = server.log.filter(({ msg }) => msg === "core build tried");
    const sizes = versions.map((version) => tried.find((line) => line.version === version)?.stateSizeBytes);
    expect(sizes).toEqual([21_472, 21_480, 21_480]);
  });

  it("puts each of three stock players who quick-join into a room of their own build", async () => {
    await Promise.all(["ann", "bob", "cyd"].map((nick, index) => enterAs(nick, index)));
    for (const [index, nick] of ["ann", "bob", "cyd"].entries()) {
      expect(await hostedVersion(server, nick)).toBe(versions[index]);
    }
    expect(await server.sessions()).toHaveLength(3);
  });

  it("hosts with a build of the same size when the player's own is gone, but with none of another size", async () => {
    const newest = versions[2] ?? "";
    await server.stop();
    rmSync(buildFile(2));
    await server.serve();
    await enterAs("dee", 2, newest);
    expect(await hostedVersion(server, "dee")).toBe(versions[1]);
    await server.stop();
    rmSync(buildFile(1));
    await server.serve();
    await expect(enterAs("eve", 2, newest)).rejects.toThrow("core-version");
    const reason = server.log.find(({ needed, level }) => needed === `Nestopia ${newest}` && level === 40);
    expect(reason).toMatchObject({ available: [versions[0]] });
  });
});
