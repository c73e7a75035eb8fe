import { eventually } from "../../test/helpers/eventually.ts";
import type { Netplayd } from "../../test/helpers/netplayd.ts";
import type { NetplayClient } from "../../test/helpers/netplay-client.ts";
import { createAdminClient, SOCKET_NAME } from "../../src/admin/index.ts";
import path from "node:path";
import { startBareHost } from "../hosting/bare-host.ts";
import { timedJoin } from "../hosting/timed-join.ts";
import { distributionOf, formatSpread, pairwise } from "../measure/distribution.ts";
import { note, printTable } from "../measure/table.ts";

interface Joins {
  /** The first client's connect → SYNC, in milliseconds. */
  readonly first: number;
  readonly second: number;
}

/** Quick joins and joins of a RetroArch that listens itself, in turns. */
export async function compareQuickJoin(server: Netplayd, rounds: number): Promise<void> {
  const ours: Joins[] = [];
  const bare: (Joins & { readonly start: number })[] = [];
  for (let round = 0; round < rounds; round++) {
    note(`quick join, round ${round + 1}`);
    ours.push(await joinTwice(server.netplayPort));
    await endSessions(server);
    const host = await startBareHost(server.folder);
    bare.push({ ...(await joinTwice(host.port)), start: host.startMs });
    await host.stop();
  }
  const row = (what: string, mine: number[], theirs: number[], allowance: number): string[] => [
    what,
    formatSpread(distributionOf(mine), 0),
    formatSpread(distributionOf(theirs), 0),
    formatSpread(distributionOf(pairwise(mine, theirs, (one, other) => one - other)), 0),
    String(allowance),
  ];
  printTable(
    "quick join: connect → SYNC with real hosts (ms), median (min–max)",
    ["what", "netplayd", "bare host", "difference", "may be"],
    [
      row(
        "the game's host runs already, and somebody is in",
        ours.map(({ second }) => second),
        bare.map(({ second }) => second),
        150,
      ),
      row(
        "cold; the bare host's start (until it answers) counts as well",
        ours.map(({ first }) => first),
        bare.map(({ first, start }) => first + start),
        200,
      ),
    ],
  );
}

async function joinTwice(port: number): Promise<Joins> {
  const first = await timedJoin(port, "first");
  const second = await timedJoin(port, "second");
  await Promise.all([first, second].map(({ client }: { readonly client: NetplayClient }) => client.close()));
  return { first: first.syncMs, second: second.syncMs };
}

async function endSessions(server: Netplayd): Promise<void> {
  const admin = createAdminClient(path.join(server.dataFolder, SOCKET_NAME));
  for (const { id } of await server.sessions()) {
    await admin.stopSession(id);
  }
  await eventually("no session is left", async () => (await server.sessions()).length === 0);
}
