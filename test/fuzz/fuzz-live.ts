// `npm run fuzz:live -- --minutes N --seed S`: attacks a room with two stock players. See CONTRIBUTING.md.
import { parseArgs } from "node:util";
import { rally } from "../helpers/rally.ts";
import { makeBatch } from "./batch.ts";
import type { StreamOptions } from "./client-streams.ts";
import { Findings } from "./findings.ts";
import { everything, parseSelection, type Selection } from "./stream.ts";
import { Trials, type Trial } from "./trial.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    batch: { type: "string" },
    only: { type: "string" },
    except: { type: "string", default: "" },
  },
});
const seed = Number(values.seed);
const options: StreamOptions = {
  game: { core: rally.core, coreVersion: "1.52.0 ", crc: rally.crc },
  except: new Set(values.except.split(",").filter((name) => name !== "")),
};
const trials = new Trials();
const findings = new Findings(trials, { seed, except: values.except });
const startedAtMs = performance.now();
const total = { batches: 0, streams: 0, gotIn: 0, steps: 0 };

process.once("SIGINT", () => {
  void trials.close().finally(() => process.exit(130));
});
console.log(
  `fuzz:live, seed ${seed}, ${values.batch === undefined ? `${values.minutes} minutes` : `batch ${values.batch}`}`,
);
try {
  if (values.batch === undefined) {
    await fuzz(startedAtMs + Number(values.minutes) * 60_000);
  } else {
    const batch = makeBatch(seed, Number(values.batch), options);
    await replay(
      Number(values.batch),
      values.only === undefined ? everything(batch) : parseSelection(values.only),
    );
  }
} finally {
  await trials.close();
}
console.log(
  `${total.batches} batches, ${total.streams} streams, ${total.gotIn} clients that got in, ${total.steps} steps, ` +
    `${trials.rooms} rooms, ${findings.count} findings`,
);
process.exit(findings.count === 0 ? 0 : 1);

async function fuzz(endsAtMs: number): Promise<void> {
  for (let number = 0; performance.now() < endsAtMs; number++) {
    const batch = makeBatch(seed, number, options);
    const trial = await trials.run(batch, everything(batch));
    report(number, trial);
    if (trial.fault !== undefined) {
      await findings.look(number, batch, { ...trial, fault: trial.fault });
    }
  }
}

/** How often a fault is replayed before it counts. */
async function replay(number: number, selection: Selection): Promise<void> {
  const batch = makeBatch(seed, number, options);
  for (let time = 0; time < 3; time++) {
    const trial = await trials.run(batch, selection);
    report(number, trial);
    if (trial.fault !== undefined) {
      findings.print(number, batch, selection, trial);
      return;
    }
  }
}

function report(number: number, { result, fault, largestMiB }: Trial): void {
  total.batches++;
  total.streams += result.clients;
  total.gotIn += result.gotIn;
  total.steps += result.steps;
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0).padStart(4);
  const outcome = fault === undefined ? "ok" : `${fault.kind}: ${fault.seen.slice(0, 200)}`;
  console.log(
    `${seconds} s  batch ${number}: ${result.clients} clients, ${result.gotIn} in, ${result.steps} steps, ${largestMiB.toFixed(0)} MiB: ${outcome}`,
  );
}
