import type { FaultKind } from "./examine.ts";
import { shrink } from "./shrink.ts";
import { everything, formatSelection, type Batch, type Selection, type Step } from "./stream.ts";
import type { Trial, Trials } from "./trial.ts";

/** A busy machine does not cause these faults, so they count even if they do not occur again. */
const CERTAIN: ReadonlySet<FaultKind> = new Set(["server-gone", "bug-in-log", "host-crashed", "host-died"]);

/** Any other fault counts if it occurs again in one of this number of replays. */
const REPLAYS = 2;
const MAX_SHRINKING_TRIALS = 24;
const MAX_SHRINKING_MS = 120_000;

/** A known fault. */
export type FailedTrial = Trial & { readonly fault: NonNullable<Trial["fault"]> };

export interface RunFacts {
  readonly seed: number;
  readonly except: string;
}

/** Separates faults of an attack from those of a busy machine, and reports each kind once, as small as possible. */
export class Findings {
  readonly #trials: Trials;
  readonly #facts: RunFacts;
  readonly #known = new Set<string>();

  constructor(trials: Trials, facts: RunFacts) {
    this.#trials = trials;
    this.#facts = facts;
  }

  get count(): number {
    return this.#known.size;
  }

  async look(number: number, batch: Batch, first: FailedTrial): Promise<void> {
    const { fault } = first;
    const whole = everything(batch);
    let smallest: { selection: Selection; trial: Trial } | undefined;
    const endsAtMs = performance.now() + MAX_SHRINKING_MS;
    const fails = async (selection: Selection): Promise<boolean> => {
      if (performance.now() > endsAtMs) {
        return false;
      }
      const trial = await this.#trials.run(batch, selection);
      const isSame = trial.fault?.kind === fault.kind;
      if (isSame) {
        smallest = { selection, trial };
      }
      return isSame;
    };
    for (let time = 0; time < REPLAYS && smallest === undefined; time++) {
      await fails(whole);
    }
    if (smallest === undefined) {
      console.log(`        batch ${number}: did not happen again`);
      if (CERTAIN.has(fault.kind)) {
        this.print(number, batch, whole, first);
      }
      return;
    }
    await shrink(whole, fails, MAX_SHRINKING_TRIALS);
    this.print(number, batch, smallest.selection, smallest.trial);
  }

  print(number: number, batch: Batch, selection: Selection, { fault, result }: Trial): void {
    if (fault === undefined) {
      return;
    }
    const steps = [...selection].map(([index, kept]) => describe(batch, index, kept));
    const name = `${fault.kind}: ${steps
      .flatMap(({ labels }) => labels)
      .join(" ")
      .slice(0, 80)}`;
    if (this.#known.has(name)) {
      return;
    }
    this.#known.add(name);
    const { seed, except } = this.#facts;
    const without = except === "" ? "" : ` --except ${except}`;
    console.log(`\nFINDING ${fault.kind}: ${fault.seen}`);
    console.log(
      `  npm run fuzz:live -- --seed ${seed} --batch ${number} --only ${formatSelection(selection)}${without}`,
    );
    for (const { title, labels, index } of steps) {
      console.log(`  stream ${index}, ${title}\n    ${labels.join("\n    ")}`);
      const bytes = result.written.get(index);
      if (bytes !== undefined) {
        console.log(`    wrote ${bytes.toString("hex").slice(0, 4_000)}`);
      }
    }
    console.log("");
  }
}

interface Described {
  readonly index: number;
  readonly title: string;
  readonly labels: readonly string[];
}

function describe(batch: Batch, index: number, kept: readonly number[]): Described {
  const stream = batch[index];
  if (stream?.type === "client") {
    const opening = stream.opening.map(label).join(", ");
    const labels = kept.flatMap((step) => stream.steps[step] ?? []).map(label);
    return { index, title: `client at ${stream.entryPoint.at} (${opening})`, labels };
  }
  const labels = kept
    .flatMap((step) => stream?.steps[step] ?? [])
    .map(({ on, label: what, times, chunks }) => {
      const where = on === "control" ? on : `link ${on.linkNumber}`;
      return `${times} × ${what} on ${where}: ${Buffer.concat(chunks).toString("hex").slice(0, 200)}`;
    });
  return { index, title: "owner of a relayed room", labels };
}

function label(step: Step): string {
  switch (step.type) {
    case "write":
      return step.label;
    case "input":
      return `input at frame ${step.frameOffset >= 0 ? "+" : ""}${step.frameOffset}, ${step.words.length} words`;
    case "steady":
      return step.on ? "sends input" : "sends no input";
    case "wait":
      return `waits for ${step.until}`;
    case "pause":
      return `waits ${step.ms} ms`;
    case "read":
      return step.on ? "reads again" : "stops reading";
    case "end":
      return step.how;
  }
}
