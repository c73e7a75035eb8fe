import { writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { readCommandLine, readStartTicks } from "../processes/index.ts";
import type { HostDirectories } from "../retroarch/index.ts";

/**
 * Identifies a host process across a restart of netplayd. A pid alone may be another program's by then: the start time
 * and the configuration file on the command line must agree as well.
 */
export interface HostRecord {
  readonly pid: number;
  /** Start time of the process in clock ticks since boot: field 22 of `/proc/PID/stat` (proc(5)). */
  readonly startTicks: string;
  /** The `-c` argument; its folder name is the random session id. */
  readonly configFile: string;
}

const schema = z.object({ pid: z.int().positive(), startTicks: z.string(), configFile: z.string() });

export function hostRecordFile(sessionRoot: string): string {
  return path.join(sessionRoot, "host.json");
}

export async function writeHostRecord({ root, configFile }: HostDirectories, pid: number): Promise<void> {
  const record = { pid, startTicks: await readStartTicks(pid), configFile };
  await writeFile(hostRecordFile(root), encodeHostRecord(record));
}

export function encodeHostRecord(record: HostRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** Undefined for a record that was not written to its end. */
export function decodeHostRecord(text: string): HostRecord | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** True when the process of this record still runs. */
export async function isRecordedHost(record: HostRecord): Promise<boolean> {
  if (record.startTicks === "" || (await readStartTicks(record.pid)) !== record.startTicks) {
    return false;
  }
  return (await readCommandLine(record.pid)).includes(record.configFile);
}
