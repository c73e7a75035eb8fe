import type { Cleanup } from "../../test/helpers/cleanup.ts";
import { Netplayd } from "../../test/helpers/netplayd.ts";
import { rally } from "../../test/helpers/rally.ts";
import { askFor } from "../hosting/ask.ts";
import { startBareHost, type BareHost } from "../hosting/bare-host.ts";
import { timedJoin } from "../hosting/timed-join.ts";
import { distributionOf, formatSpread, pairwise } from "../measure/distribution.ts";
import { startPipe } from "../measure/pipe.ts";
import { measureWindows } from "../measure/processor-time.ts";
import { note, printTable } from "../measure/table.ts";

const ROOMS = 8;
const WINDOW_MS = 4_000;

type Loads = Awaited<ReturnType<typeof measureWindows<"netplayd" | "hosts" | "pipe" | "pipedHosts">>>;

/**
 * Rooms of two with real hosts, one and then several: what each further room costs. The players are small clients that
 * answer every frame. For comparison as many hosts that listen themselves, behind one bare pipe.
 */
export async function measureBusyRooms(rounds: number, cleanup: Cleanup): Promise<void> {
  const server = await Netplayd.start(cleanup, { sessions: { max: ROOMS } });
  const bare: BareHost[] = [];
  for (let room = 0; room < ROOMS; room++) {
    const host = await startBareHost(server.folder);
    cleanup.defer(() => host.stop());
    bare.push(host);
  }
  const pipe = await startPipe(
    cleanup,
    bare.map(({ port }) => port),
  );
  const hosts: number[] = [];
  const openRoom = async (): Promise<void> => {
    await fill(pipe.ports[hosts.length] ?? 0, cleanup);
    const { port } = await askFor(server, rally.crc);
    await fill(port, cleanup);
    hosts.push(await server.hostPid(port));
  };
  const measure = (): Promise<Loads> =>
    measureWindows(
      {
        netplayd: [server.pid],
        hosts,
        pipe: [pipe.pid],
        pipedHosts: bare.slice(0, hosts.length).map(({ pid }) => pid),
      },
      rounds,
      WINDOW_MS,
    );
  note("one room of two with a real host");
  await openRoom();
  const lone = await measure();
  note(`${ROOMS} such rooms`);
  while (hosts.length < ROOMS) {
    await openRoom();
  }
  print(lone, await measure());
}

async function fill(port: number, cleanup: Cleanup): Promise<void> {
  for (const nick of ["ann", "bob"]) {
    const { client } = await timedJoin(port, nick);
    cleanup.defer(() => client.socket.destroy());
  }
}

function print(lone: Loads, many: Loads): void {
  const share = (loads: Loads, one: keyof Loads, other: keyof Loads): number[] =>
    pairwise(loads[one], loads[other], (a, b) => (a / b) * 100);
  const further = (name: keyof Loads): number[] =>
    pairwise(many[name], lone[name], (a, b) => (a - b) / (ROOMS - 1));
  const each: Loads = {
    netplayd: further("netplayd"),
    hosts: further("hosts"),
    pipe: further("pipe"),
    pipedHosts: further("pipedHosts"),
  };
  const row = (what: string, loads: Loads): string[] => [
    what,
    ...[loads.hosts, loads.netplayd, share(loads, "netplayd", "hosts")].map(spread),
    ...[loads.pipe, share(loads, "pipe", "pipedHosts")].map(spread),
  ];
  printTable(
    "Rooms of two with real hosts, % of one core; median (min–max)",
    ["rooms", "hosts", "netplayd", "% of its hosts'", "bare node:net pipe", "% of its hosts'"],
    [row("1", lone), row(String(ROOMS), many), row("each further one", each)],
  );
}

function spread(samples: readonly number[]): string {
  return formatSpread(distributionOf(samples), 1);
}
