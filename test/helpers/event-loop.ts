import { createHook } from "node:async_hooks";
import { openSync, closeSync, readSync } from "node:fs";

/**
 * The longest piece of work that held this thread's event loop while something went on, in ms. Where the machine was busy with
 * others meanwhile, the thread's own processor time counts; what other threads of ours took (zlib's, a worker's) does not.
 */
export async function longestWorkMs(work: () => Promise<unknown>): Promise<number> {
  const statistics = openSync("/proc/thread-self/schedstat", "r");
  const text = Buffer.alloc(64);
  const processorMs = (): number => {
    const bytes = readSync(statistics, text, 0, text.length, 0);
    return Number(text.toString("latin1", 0, bytes).split(" ")[0]) / 1e6;
  };
  const begun: { atMs: number; processorMs: number }[] = [];
  let longestMs = 0;
  const hook = createHook({
    before: () => {
      begun.push({ atMs: performance.now(), processorMs: processorMs() });
    },
    after: () => {
      const begin = begun.pop();
      if (begin !== undefined) {
        const took = Math.min(performance.now() - begin.atMs, processorMs() - begin.processorMs);
        longestMs = Math.max(longestMs, took);
      }
    },
  });
  hook.enable();
  try {
    await work();
  } finally {
    hook.disable();
    closeSync(statistics);
  }
  return longestMs;
}
