import { workerData } from "node:worker_threads";
import type { PlayJob } from "./play-recorder.ts";
import { addPlays } from "./plays.ts";

/** A thread that writes down what was played and ends; what it throws is its answer. */
const { file, plays } = workerData as PlayJob;
addPlays(file, plays);
