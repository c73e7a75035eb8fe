import { parentPort } from "node:worker_threads";
import { readJob, type ReadJob } from "./content-reader.ts";

/** A thread of the reader pool: takes a list of jobs, answers with the list of their results in the same order. */
parentPort?.on("message", (jobs: readonly ReadJob[]) => {
  void readAll(jobs);
});

async function readAll(jobs: readonly ReadJob[]): Promise<void> {
  const results = [];
  for (const job of jobs) {
    results.push(await readJob(job));
  }
  parentPort?.postMessage(results);
}
