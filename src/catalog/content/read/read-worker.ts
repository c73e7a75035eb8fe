import { parentPort } from "node:worker_threads";
import { readJob, type ReadJob } from "./content-reader.ts";

/**
 * A thread of the reader pool: answers each list of jobs with the list of their results, in the same order. Both are sent as JSON,
 * which takes less time in both threads than a structured clone.
 */
let turn = Promise.resolve();
parentPort?.on("message", (jobs: string) => {
  turn = turn.then(() => readAll(JSON.parse(jobs) as readonly ReadJob[]));
});

async function readAll(jobs: readonly ReadJob[]): Promise<void> {
  const results = [];
  for (const job of jobs) {
    results.push(await readJob(job));
  }
  parentPort?.postMessage(JSON.stringify(results));
}
