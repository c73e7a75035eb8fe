import type { ScanProgress } from "../catalog/index.ts";
import { systemClock } from "../shared/index.ts";

/** A line on standard error that grows; nothing where that is not a terminal. */
export interface ProgressBar {
  readonly update: (done: number, total: number, payload?: Readonly<Record<string, unknown>>) => void;
  readonly stop: () => void;
}

const MIB = 1024 * 1024;

/** @param format - As cli-progress takes it: `{value}`, `{total}`, `{bar}`, `{eta_formatted}` and what `payload` brings. */
export async function createCountBar(format: string): Promise<ProgressBar> {
  if (!process.stderr.isTTY) {
    return { update: () => undefined, stop: () => undefined };
  }
  const { default: cliProgress } = await import("cli-progress");
  const bar = new cliProgress.SingleBar({
    format,
    stream: process.stderr,
    noTTYOutput: false,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
  });
  let started = false;
  return {
    update(done, total, payload = {}) {
      if (started) {
        bar.setTotal(total);
        bar.update(done, payload);
      } else {
        bar.start(total, done, payload);
        started = true;
      }
    },
    stop() {
      if (started) {
        bar.stop();
      }
    },
  };
}

/** Files, bytes, rate and time left of a scan. */
export async function createScanBar() {
  const bar = await createCountBar(
    "{bar} {value}/{total} files, {mib}/{mibTotal} MiB, {rate} MiB/s, {eta_formatted} left",
  );
  const startedAt = systemClock.now();
  return {
    update: ({ filesDone, filesTotal, bytesDone, bytesTotal }: ScanProgress): void => {
      const seconds = Math.max(0.001, (systemClock.now() - startedAt) / 1000);
      bar.update(filesDone, filesTotal, {
        mib: Math.round(bytesDone / MIB),
        mibTotal: Math.round(bytesTotal / MIB),
        rate: Math.round(bytesDone / MIB / seconds),
      });
    },
    stop: bar.stop,
  };
}
