import { setTimeout as sleep } from "node:timers/promises";
import type { LiveRoom } from "../helpers/live-room.ts";
import { residentMiB } from "../helpers/process-facts.ts";

const ASK_EVERY_MS = 50;

/** Measurements of the server during some work. */
export interface Seen {
  /** The longest time until the admin socket answered. */
  readonly slowestAnswerMs: number;
  readonly largestMiB: number;
}

/** Asks the server repeatedly until the work is done. */
export async function watchServer(room: LiveRoom, work: Promise<unknown>): Promise<Seen> {
  const state = { isOver: false };
  const end = (): void => {
    state.isOver = true;
  };
  work.then(end, end);
  let slowestAnswerMs = 0;
  let largestMiB = 0;
  do {
    const askedAtMs = performance.now();
    await room.server.sessions();
    slowestAnswerMs = Math.max(slowestAnswerMs, performance.now() - askedAtMs);
    largestMiB = Math.max(largestMiB, residentMiB(room.server.pid).all);
    await sleep(ASK_EVERY_MS);
  } while (!state.isOver);
  return { slowestAnswerMs, largestMiB };
}
