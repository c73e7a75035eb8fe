import { workerData } from "node:worker_threads";
import type { PlayJob } from "./play-recorder.ts";
import { addPlays } from "./plays.ts";

/** A thread that stores plays and ends. When it throws, the recorder tries again. */
const { file, plays } = workerData as PlayJob;
addPlays(file, plays);
