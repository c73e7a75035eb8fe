import type { Socket } from "node:net";
import { distributionOf, type Distribution } from "../measure/distribution.ts";
import { runSchedule, Stream, streamsOf, untilDue } from "./stream.ts";
import type { Pair } from "./target.ts";

/** Milliseconds. */
export interface Latencies {
  /** From the write to the arrival. */
  readonly fromWrite: Distribution;
  /** From when the frame was due; so a late send counts as well. */
  readonly fromDue: Distribution;
}

/** A stream that records how long each of its frames took. */
class TimedStream extends Stream {
  readonly fromWrite: number[] = [];
  readonly fromDue: number[] = [];
  readonly #dueMs: number[] = [];
  readonly #writtenMs: number[] = [];

  constructor(from: Socket, to: Socket, phaseMs: number) {
    super(from, to, phaseMs, (sequence) => {
      const nowMs = performance.now();
      this.fromWrite.push(nowMs - (this.#writtenMs[sequence] ?? Number.NaN));
      this.fromDue.push(nowMs - (this.#dueMs[sequence] ?? Number.NaN));
    });
  }

  due(dueMs: number): void {
    this.#dueMs.push(dueMs);
    this.#writtenMs.push(performance.now());
  }
}

/** A few pairs of each kind, whose frames are timed at the same time; both ends are in this process. */
export class Probe<Kind extends string> {
  readonly #streams: ReadonlyMap<Kind, readonly TimedStream[]>;

  constructor(pairs: Readonly<Record<Kind, readonly Pair[]>>) {
    const kinds = Object.keys(pairs) as Kind[];
    this.#streams = new Map(
      kinds.map((kind) => [kind, streamsOf(pairs[kind], (...ends) => new TimedStream(...ends))]),
    );
  }

  /** Times the frames of these kinds for this time. */
  async measure(kinds: readonly Kind[], durationMs: number): Promise<Record<Kind, Latencies>> {
    const streams = kinds.flatMap((kind) => this.#of(kind));
    streams.forEach((stream) => {
      stream.fromWrite.length = 0;
      stream.fromDue.length = 0;
    });
    const schedule = runSchedule(streams, untilDue, (stream, dueMs) => {
      stream.due(dueMs);
    });
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    schedule.stop();
    await allArrived(streams);
    return Object.fromEntries(kinds.map((kind) => [kind, this.#latencies(kind)])) as Record<Kind, Latencies>;
  }

  #of(kind: Kind): readonly TimedStream[] {
    return this.#streams.get(kind) ?? [];
  }

  #latencies(kind: Kind): Latencies {
    return {
      fromWrite: distributionOf(this.#of(kind).flatMap((stream) => stream.fromWrite)),
      fromDue: distributionOf(this.#of(kind).flatMap((stream) => stream.fromDue)),
    };
  }
}

const ARRIVAL_DEADLINE_MS = 5_000;

/** Resolves when every frame has come; a lost frame is a failure. */
export async function allArrived(streams: readonly Stream[]): Promise<void> {
  const deadline = performance.now() + ARRIVAL_DEADLINE_MS;
  const missing = (): number => streams.reduce((sum, { sent, received }) => sum + sent - received, 0);
  while (missing() > 0) {
    if (performance.now() > deadline) {
      throw new Error(`${missing()} frames did not arrive`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
