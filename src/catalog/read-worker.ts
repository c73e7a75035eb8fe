import { parentPort } from "node:worker_threads";
import { readJob, type ReadJob } from "./content-reader.ts";

/** A thread of the reader pool: answers each list of jobs, in turn, with the list of their results in the same order. */
let turn = Promise.resolve();
parentPort?.on("message", (jobs: readonly ReadJob[]) => {
  turn = turn.then(() => readAll(jobs));
});

async function readAll(jobs: readonly ReadJob[]): Promise<void> {
  const results = [];
  for (const job of jobs) {
    results.push(await readJob(job));
  }
  // As text: that takes less of both threads' time than a structured clone.
  parentPort?.postMessage(JSON.stringify(results));
}
