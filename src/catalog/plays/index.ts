export { createPlayRecorder } from "./play-recorder.ts";
