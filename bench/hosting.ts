// `npm run bench:hosting`: what hosting costs, on the real RetroArch with the demo game, each beside a RetroArch host
// that listens itself. Figures and their meaning: bench/README.md.
import { parseArgs } from "node:util";
import type { Cleanup } from "../test/helpers/cleanup.ts";
import { Netplayd } from "../test/helpers/netplayd.ts";
import { residentMiB } from "../test/helpers/process-facts.ts";
import { rally } from "../test/helpers/rally.ts";
import { askFor, asleep, stopSession } from "./hosting/ask.ts";
import { startBareHost } from "./hosting/bare-host.ts";
import { openPlayingRooms } from "./hosting/playing-rooms.ts";
import { catalogOfTen } from "./hosting/ten-games.ts";
import { timedJoin } from "./hosting/timed-join.ts";
import { distributionOf, formatSpread, pairwise } from "./measure/distribution.ts";
import { describeMachine } from "./measure/machine.ts";
import { measureWindows } from "./measure/processor-time.ts";
import { onStage } from "./measure/stage.ts";
import { note, printTable } from "./measure/table.ts";

const STANDBY_HOSTS = 16;
const WINDOW_MS = 5_000;

const { values } = parseArgs({ options: { rounds: { type: "string", default: "20" } } });
const rounds = Number(values.rounds);

await onStage(async (cleanup) => {
  console.log(`${await describeMachine()}; ${rounds} rounds`);
  const server = await Netplayd.start(cleanup, { sessions: { idleSeconds: 3_600, max: STANDBY_HOSTS } });
  const crcs = await catalogOfTen(server);
  await coldStarts(server, crcs);
  await joins(server, cleanup);
  await standby(server, crcs, cleanup);
  await play(server, cleanup);
});

async function coldStarts(server: Netplayd, crcs: readonly number[]): Promise<void> {
  note("cold starts");
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { port, answerMs } = await askFor(server, crcs[round % crcs.length] ?? 0);
    ours.push(answerMs);
    await stopSession(server, port);
    const host = await startBareHost(server.folder);
    bare.push(host.startMs);
    await host.stop();
  }
  printTable(
    "Start of a host, catalog of ten games (ms)",
    ["what", "median (min–max)"],
    [
      ["datagram → port, cold", spread(ours)],
      ["bare host: process start → answers", spread(bare)],
      ["difference, round by round", spread(pairwise(ours, bare, (one, other) => one - other))],
    ],
  );
}

async function joins(server: Netplayd, cleanup: Cleanup): Promise<void> {
  note("joins");
  const bare = await startBareHost(server.folder);
  cleanup.defer(() => bare.stop());
  const sleeping: number[] = [];
  const waking: number[] = [];
  const bareEmpty: number[] = [];
  const bareShared: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { port } = await askFor(server, rally.crc);
    await asleep(server, port);
    const [first, second] = await joinTwice(port);
    sleeping.push(first);
    waking.push(second);
    await stopSession(server, port);
    const [bareFirst, bareSecond] = await joinTwice(bare.port);
    bareEmpty.push(bareFirst);
    bareShared.push(bareSecond);
  }
  await bare.stop();
  const difference = (ours: number[], others: number[]): string =>
    spread(pairwise(ours, others, (one, other) => one - other));
  printTable(
    "connect → SYNC (ms), median (min–max)",
    ["who", "through the gateway", "bare host", "difference"],
    [
      [
        "first client (the session sleeps, the bare host runs)",
        spread(sleeping),
        spread(bareEmpty),
        difference(sleeping, bareEmpty),
      ],
      ["second client", spread(waking), spread(bareShared), difference(waking, bareShared)],
    ],
  );
}

/** Two clients one after the other, and how long each took. */
async function joinTwice(port: number): Promise<[number, number]> {
  const first = await timedJoin(port, "first");
  const second = await timedJoin(port, "second");
  await Promise.all([first.client.close(), second.client.close()]);
  return [first.syncMs, second.syncMs];
}

async function standby(server: Netplayd, crcs: readonly number[], cleanup: Cleanup): Promise<void> {
  note("standby");
  const memory: string[][] = [["netplayd, no session", ...memoryOf([server.pid])]];
  const ports: number[] = [];
  while (ports.length < STANDBY_HOSTS) {
    // Several sessions of one game need several requesters, so every request has a socket of its own.
    ports.push((await askFor(server, crcs[ports.length % crcs.length] ?? 0)).port);
  }
  const hosts = await Promise.all(ports.map((port) => asleep(server, port)));
  const bare = await startBareHost(server.folder);
  cleanup.defer(() => bare.stop());
  const pids = { hosts, netplayd: [server.pid], bare: [bare.pid] };
  const loads = await measureWindows(pids, 6, WINDOW_MS);
  memory.push(
    [`netplayd, ${STANDBY_HOSTS} sessions`, ...memoryOf([server.pid])],
    [`host in standby, mean of ${STANDBY_HOSTS}`, ...memoryOf(hosts)],
    ["bare host without clients", ...memoryOf([bare.pid])],
  );
  await bare.stop();
  await Promise.all(ports.map((port) => stopSession(server, port)));
  printTable(
    "Standby, % of one core, median (min–max)",
    ["what", "load"],
    [
      [`${STANDBY_HOSTS} hosts in standby, together`, spread(loads.hosts, 3)],
      ["netplayd beside them", spread(loads.netplayd, 3)],
      ["one bare host without clients", spread(loads.bare, 2)],
    ],
  );
  printTable("Memory (MiB)", ["process", "resident", "of which its own"], memory);
}

/** Resident and own memory, the mean over these processes. */
function memoryOf(pids: readonly number[]): string[] {
  const sizes = pids.map(residentMiB);
  const mean = (values: number[]): string =>
    (values.reduce((sum, value) => sum + value) / values.length).toFixed(0);
  return [mean(sizes.map(({ all }) => all)), mean(sizes.map(({ own }) => own))];
}

async function play(server: Netplayd, cleanup: Cleanup): Promise<void> {
  note("rooms of two stock players");
  const { host, bareHost, pipedHost, pipe } = await openPlayingRooms(server, cleanup);
  const pids = {
    netplayd: [server.pid],
    host: [host],
    bareHost: [bareHost],
    pipedHost: [pipedHost],
    pipe: [pipe],
  };
  const loads = await measureWindows(pids, rounds, WINDOW_MS);
  const share = (one: keyof typeof pids, other: keyof typeof pids): string =>
    spread(pairwise(loads[one], loads[other], (a, b) => (a / b) * 100));
  printTable(
    "Rooms of two stock players, at the same time; median (min–max)",
    ["what", "% of one core", "% of its host's"],
    [
      ["bare host", spread(loads.bareHost, 2), ""],
      ["host behind the gateway", spread(loads.host, 2), ""],
      ["netplayd", spread(loads.netplayd, 2), share("netplayd", "host")],
      ["host behind a bare node:net pipe", spread(loads.pipedHost, 2), ""],
      ["that pipe", spread(loads.pipe, 2), share("pipe", "pipedHost")],
    ],
  );
  printTable(
    "Memory while playing (MiB)",
    ["process", "resident", "of which its own"],
    [
      ["netplayd", ...memoryOf([server.pid])],
      ["host behind the gateway", ...memoryOf([host])],
      ["bare host", ...memoryOf([bareHost])],
      ["bare node:net pipe", ...memoryOf([pipe])],
    ],
  );
}

function spread(samples: readonly number[], digits = 1): string {
  return formatSpread(distributionOf(samples), digits);
}
