export { createPlayRecorder, type PlayRecorder } from "./play-recorder.ts";
