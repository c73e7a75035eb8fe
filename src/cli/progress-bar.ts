import cliProgress from "cli-progress";
import type { ScanProgress } from "../catalog/index.ts";

/** Files, bytes, rate and time left on standard error; nothing when that is not a terminal. */
export interface ProgressBar {
  readonly update: (progress: ScanProgress) => void;
  readonly stop: () => void;
}

const MIB = 1024 * 1024;

export function createProgressBar(): ProgressBar {
  const bar = new cliProgress.SingleBar({
    format: "{bar} {value}/{total} files, {mib}/{mibTotal} MiB, {rate} MiB/s, {eta_formatted} left",
    stream: process.stderr,
    noTTYOutput: false,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
  });
  const startedAt = performance.now();
  let started = false;
  return {
    update({ filesDone, filesTotal, bytesDone, bytesTotal }) {
      const seconds = Math.max(0.001, (performance.now() - startedAt) / 1000);
      const payload = {
        mib: Math.round(bytesDone / MIB),
        mibTotal: Math.round(bytesTotal / MIB),
        rate: Math.round(bytesDone / MIB / seconds),
      };
      if (!started) {
        bar.start(filesTotal, filesDone, payload);
        started = true;
      }
      bar.setTotal(filesTotal);
      bar.update(filesDone, payload);
    },
    stop() {
      if (started) {
        bar.stop();
      }
    },
  };
}
