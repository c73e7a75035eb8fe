import { readdirSync, readFileSync } from "node:fs";

/**
 * Processor time that the process has used so far, in seconds, user and system. Nanoseconds of the scheduler
 * (proc(5), schedstat): the ticks of /proc/PID/stat are too coarse for a daemon that works for a few of them a second.
 *
 * @throws Error when the process is gone.
 */
export function processorSeconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + threadSeconds(pid, thread), 0);
}

/** Percent of one core that each of these processes uses over the time, all measured at once. */
async function measureLoads<Name extends string>(
  pids: Readonly<Record<Name, readonly number[]>>,
  durationMs: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(pids) as Name[];
  const used = (): Map<Name, number> =>
    new Map(names.map((name) => [name, pids[name].reduce((sum, pid) => sum + processorSeconds(pid), 0)]));
  const fromMs = performance.now();
  const before = used();
  await new Promise((resolve) => setTimeout(resolve, durationMs));
  const seconds = (performance.now() - fromMs) / 1000;
  const after = used();
  const percent = (name: Name): number =>
    ((after.get(name) ?? 0) - (before.get(name) ?? 0)) * (100 / seconds);
  return Object.fromEntries(names.map((name) => [name, percent(name)])) as Record<Name, number>;
}

/** The same for several times in a row. */
export async function measureWindows<Name extends string>(
  pids: Readonly<Record<Name, readonly number[]>>,
  count: number,
  durationMs: number,
): Promise<Record<Name, number[]>> {
  const windows: Record<Name, number>[] = [];
  while (windows.length < count) {
    windows.push(await measureLoads(pids, durationMs));
  }
  const names = Object.keys(pids) as Name[];
  return Object.fromEntries(names.map((name) => [name, windows.map((window) => window[name])])) as Record<
    Name,
    number[]
  >;
}

function threadSeconds(pid: number, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]) / 1e9;
  } catch {
    // The thread ended after the listing.
    return 0;
  }
}
