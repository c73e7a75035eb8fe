// `npm run bench:gateway [-- --tunnel-server FILE] [--only PART] [--rounds N]`: what the gateway adds to the
// bytes of a game. Figures and their meaning: bench/README.md.
import { parseArgs } from "node:util";
import type { Cleanup } from "../test/helpers/cleanup.ts";
import { freeTcpRange } from "../test/helpers/free-ports.ts";
import { Netplayd } from "../test/helpers/netplayd.ts";
import { sendBulk } from "./gateway/bulk.ts";
import { measureBusyRooms } from "./gateway/busy-rooms.ts";
import type { Contender } from "./gateway/contender.ts";
import { startCrowd, type Crowd } from "./gateway/crowd.ts";
import { compareForwarding } from "./gateway/forwarding.ts";
import { compareQuickJoin } from "./gateway/quick-join.ts";
import { Probe, type Latencies } from "./gateway/probe.ts";
import { measureRelayMemory } from "./gateway/relay-memory.ts";
import { startGateway, startRelay, startTunnelServer } from "./gateway/servers.ts";
import { openPairs, type Pair, type Target } from "./gateway/target.ts";
import { distributionOf, formatSpread, pairwise } from "./measure/distribution.ts";
import { describeMachine } from "./measure/machine.ts";
import { startPipe } from "./measure/pipe.ts";
import { processorSeconds } from "./measure/processor-time.ts";
import { onStage } from "./measure/stage.ts";
import { note, printTable } from "./measure/table.ts";

const ROOMS = 100;
/** The number of rooms whose frames are timed. */
const TIMED_ROOMS = 4;
/** As many as every server here can serve without delay. */
const FEW_ROOMS = 25;
const CLIENTS = 2;
const LATENCY_MS = 6_000;
const BULK_MS = 2_000;

/** Timed by this process as well. */
interface TimedContender extends Contender {
  readonly ownTarget: Target;
}

const PARTS = ["latency", "bulk", "forwarding", "memory", "quick-join", "rooms"] as const;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "10" },
    only: { type: "string" },
    "tunnel-server": { type: "string" },
  },
});
const rounds = Number(values.rounds);
if (values.only !== undefined && !PARTS.some((part) => part === values.only)) {
  throw new Error(`--only takes one of ${PARTS.join(", ")}`);
}
const includes = (part: (typeof PARTS)[number]): boolean => values.only === undefined || values.only === part;

await onStage(async (cleanup) => {
  console.log(`${await describeMachine()}; ${rounds} rounds`);
  const gatewayProcess = await startGateway(cleanup, ROOMS + 1);
  const bigRooms = gatewayProcess.rooms.slice(0, ROOMS - TIMED_ROOMS);
  const gateway: TimedContender = {
    name: "gateway, session ports",
    pid: gatewayProcess.pid,
    target: { type: "sessions", rooms: bigRooms },
    ownTarget: { type: "sessions", rooms: gatewayProcess.rooms.slice(bigRooms.length) },
  };
  const targetPort = await freeTcpRange(2);
  const { pid, ports } = await startPipe(cleanup, [targetPort, targetPort + 1]);
  const [crowdPort = 0, ownPort = 0] = ports;
  const pipe: TimedContender = {
    name: "bare node:net pipe",
    pid,
    target: { type: "pipe", port: crowdPort, targetPort },
    ownTarget: { type: "pipe", port: ownPort, targetPort: targetPort + 1 },
  };
  const crowd = startCrowd(cleanup);
  for (const { name, target } of includes("latency") || includes("forwarding") ? [gateway, pipe] : []) {
    note(`opening ${ROOMS - TIMED_ROOMS} rooms: ${name}`);
    await crowd.open(name, target, ROOMS - TIMED_ROOMS, CLIENTS);
  }
  if (includes("latency")) {
    await latencies(crowd, gateway, pipe, cleanup);
  }
  if (includes("bulk")) {
    await bulk(gateway, pipe);
  }
  if (includes("forwarding")) {
    const script = values["tunnel-server"];
    const relay = relayContender("relayed rooms", await startRelay(cleanup, FEW_ROOMS));
    const reference =
      script === undefined
        ? []
        : [relayContender("libretro's netplay-tunnel-server", await startTunnelServer(cleanup, script))];
    for (const { name, target } of [relay, ...reference]) {
      await crowd.open(name, target, FEW_ROOMS, CLIENTS);
    }
    const few = { rooms: FEW_ROOMS, clients: CLIENTS, rounds };
    await compareForwarding(crowd, [relay, gateway], [pipe, ...reference], few);
  }
  if (includes("memory")) {
    await measureRelayMemory(crowd, CLIENTS, cleanup);
  }
  if (includes("quick-join")) {
    await compareQuickJoin(await Netplayd.start(cleanup), rounds);
  }
  if (includes("rooms")) {
    await measureBusyRooms(rounds, cleanup);
  }
});

function relayContender(
  name: string,
  { pid, port }: { readonly pid: number; readonly port: number },
): Contender {
  return { name, pid, target: { type: "relay", port } };
}

/** The crowd plays through one contender, and at the same time a few more rooms of it and direct connections are timed. */
async function latencies(
  crowd: Crowd,
  gateway: TimedContender,
  pipe: TimedContender,
  cleanup: Cleanup,
): Promise<void> {
  const direct = await openPairs({ type: "direct" }, TIMED_ROOMS, CLIENTS);
  cleanup.defer(() => {
    direct.forEach(({ client }) => client.destroy());
  });
  const probe = new Probe({
    direct,
    gateway: await openPairs(gateway.ownTarget, TIMED_ROOMS, CLIENTS),
    pipe: await openPairs(pipe.ownTarget, TIMED_ROOMS, CLIENTS),
  });
  const results = { gateway: [] as RoundResult[], pipe: [] as RoundResult[] };
  for (let round = 0; round < rounds; round++) {
    note(`latency, round ${round + 1}`);
    for (const [kind, contender] of [
      ["gateway", gateway],
      ["pipe", pipe],
    ] as const) {
      await crowd.play(contender.name, ROOMS - TIMED_ROOMS);
      const usedBefore = processorSeconds(contender.pid);
      const measured = await probe.measure([kind, "direct"], LATENCY_MS);
      const load = ((processorSeconds(contender.pid) - usedBefore) * 100_000) / LATENCY_MS;
      await crowd.pause();
      results[kind].push({ through: measured[kind], direct: measured.direct, load });
    }
  }
  const row = (what: string, pick: (result: RoundResult) => number, digits: number): string[] => [
    what,
    formatSpread(distributionOf(results.gateway.map(pick)), digits),
    formatSpread(distributionOf(results.pipe.map(pick)), digits),
  ];
  printTable(
    `A 20-byte frame, ${ROOMS} rooms of ${CLIENTS} at 60 frames/s in each direction; ms, median (min–max) of the rounds`,
    ["what", gateway.name, pipe.name],
    [
      row("p50 through it", ({ through }) => through.fromWrite.median, 3),
      row("p50 direct, at the same time", ({ direct }) => direct.fromWrite.median, 3),
      row("p50 added", added("fromWrite", "median"), 3),
      row("p99 through it", ({ through }) => through.fromWrite.p99, 3),
      row("p99 direct, at the same time", ({ direct }) => direct.fromWrite.p99, 3),
      row("p99 added", added("fromWrite", "p99"), 3),
      row("p50 added, from when the frame was due", added("fromDue", "median"), 3),
      row("p99 added, from when the frame was due", added("fromDue", "p99"), 3),
      row("its processor time, % of one core", ({ load }) => load, 1),
    ],
  );
}

interface RoundResult {
  readonly through: Latencies;
  readonly direct: Latencies;
  readonly load: number;
}

function added(since: keyof Latencies, percentile: "median" | "p99"): (result: RoundResult) => number {
  return ({ through, direct }) => through[since][percentile] - direct[since][percentile];
}

async function bulk(gateway: TimedContender, pipe: TimedContender): Promise<void> {
  const contenders = [gateway, pipe];
  const pairs = new Map<TimedContender, Pair>();
  for (const contender of contenders) {
    const { ownTarget } = contender;
    const target =
      ownTarget.type === "sessions" ? { ...ownTarget, rooms: ownTarget.rooms.slice(TIMED_ROOMS) } : ownTarget;
    const [pair] = await openPairs(target, 1, 1);
    if (pair !== undefined) {
      pairs.set(contender, pair);
    }
  }
  const speed = new Map(contenders.map((contender) => [contender, [] as number[]]));
  const cost = new Map(contenders.map((contender) => [contender, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    note(`bulk, round ${round + 1}`);
    for (const [contender, pair] of pairs) {
      const usedBefore = processorSeconds(contender.pid);
      const fromMs = performance.now();
      const mib = (await sendBulk(pair, BULK_MS)) / 2 ** 20;
      speed.get(contender)?.push(mib / ((performance.now() - fromMs) / 1000));
      cost.get(contender)?.push(((processorSeconds(contender.pid) - usedBefore) * 1024) / mib);
    }
  }
  const row = (what: string, samples: Map<Contender, number[]>, digits: number): string[] => {
    const [ours = [], bare = []] = [samples.get(gateway), samples.get(pipe)];
    const ratio = pairwise(ours, bare, (one, other) => (one / other) * 100);
    return [
      what,
      formatSpread(distributionOf(ours), digits),
      formatSpread(distributionOf(bare), digits),
      formatSpread(distributionOf(ratio), 0),
    ];
  };
  printTable(
    "Savestates of 1 MiB from one host to one client, as fast as they go; median (min–max)",
    ["what", gateway.name, pipe.name, "gateway / pipe, %"],
    [row("MiB a second", speed, 0), row("its processor seconds a GiB", cost, 2)],
  );
}
