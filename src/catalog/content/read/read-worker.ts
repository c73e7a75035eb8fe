import { parentPort } from "node:worker_threads";
import { readAll } from "./content-reader.ts";
import type { ReadJob } from "./read-file.ts";

/**
 * A thread of the reader pool: answers each list of jobs with the list of their results, in the same order. Both are sent as JSON,
 * which takes less time in both threads than a structured clone.
 */
let turn = Promise.resolve();
parentPort?.on("message", (jobs: string) => {
  turn = turn.then(async () => {
    const results = await readAll(JSON.parse(jobs) as readonly ReadJob[]);
    parentPort?.postMessage(JSON.stringify(results));
  });
});
