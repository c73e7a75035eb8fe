import type { Socket } from "node:net";
import { COMMAND, encodeCommand } from "../../src/netplay/index.ts";
import type { Pair } from "./target.ts";

/** Size of a player's INPUT with one pad, the smallest message of a game. */
const FRAME_BYTES = 20;

const FRAME_MS = 1000 / 60;

const frame = encodeCommand(COMMAND.input, Buffer.alloc(FRAME_BYTES - 8));

/** One direction of a pair: a frame 60 times a second, due at fixed times. */
export class Stream {
  readonly #from: Socket;
  /** Where within 1/60 s its frames are due. */
  readonly phaseMs: number;
  /** Frames that arrived whole. */
  received = 0;
  sent = 0;
  #partBytes = 0;

  constructor(from: Socket, to: Socket, phaseMs: number, onArrival?: (sequence: number) => void) {
    this.#from = from;
    this.phaseMs = phaseMs;
    to.on("data", (chunk: Buffer) => {
      this.#partBytes += chunk.length;
      while (this.#partBytes >= FRAME_BYTES) {
        this.#partBytes -= FRAME_BYTES;
        onArrival?.(this.received);
        this.received++;
      }
    });
  }

  send(): void {
    this.sent++;
    this.#from.write(frame);
  }
}

/** Both directions of these pairs, their frames spread evenly over 1/60 s, neighbours far from each other. */
export function streamsOf<S>(
  pairs: readonly Pair[],
  create: (from: Socket, to: Socket, phaseMs: number) => S,
): S[] {
  const directions = pairs.flatMap(({ client, host }) => [
    { from: client, to: host },
    { from: host, to: client },
  ]);
  const GOLDEN = 0.618034;
  return directions.map(({ from, to }, index) => create(from, to, ((index * GOLDEN) % 1) * FRAME_MS));
}

export interface Schedule {
  stop(): void;
}

/** How a schedule waits until `wake` is due again in `delayMs`. */
type Waiting = (wake: () => void, delayMs: number) => void;

/** Sleeps with timers of a millisecond. For few streams whose arrivals are timed. */
export const untilDue: Waiting = (wake, delayMs) => {
  setTimeout(wake, Math.max(0, delayMs));
};

const TICK_MS = 0.25;
const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * Wakes four times a millisecond. For a crowd: with ordinary timers its frames would come in
 * groups of a millisecond, unlike those of independent rooms. Arrivals wait until the next wake-up.
 */
export const inShortTicks: Waiting = (wake) => {
  Atomics.wait(never, 0, 0, TICK_MS);
  setImmediate(wake);
};

/**
 * Sends every stream's frames when they are due (open loop); late frames of a busy machine are sent at once.
 *
 * @param onSend - Gets the stream and when its frame was due, in milliseconds of `performance.now()`.
 */
export function runSchedule<S extends { readonly phaseMs: number; send(): void }>(
  streams: readonly S[],
  wait: Waiting,
  onSend: (stream: S, dueMs: number) => void,
): Schedule {
  const order = [...streams].sort((a, b) => a.phaseMs - b.phaseMs);
  const startMs = performance.now() + 10;
  let next = 0;
  let stopped = false;
  const dueOf = (index: number): number =>
    startMs + Math.floor(index / order.length) * FRAME_MS + (order[index % order.length]?.phaseMs ?? 0);
  const wake = (): void => {
    if (stopped) {
      return;
    }
    for (let dueMs = dueOf(next); dueMs <= performance.now(); dueMs = dueOf(next)) {
      const stream = order[next % order.length];
      next++;
      if (stream !== undefined) {
        onSend(stream, dueMs);
        stream.send();
      }
    }
    wait(wake, dueOf(next) - performance.now());
  };
  wake();
  return {
    stop: () => {
      stopped = true;
    },
  };
}
