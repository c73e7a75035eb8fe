import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
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

/** Empty when the process is already gone. */
export async function readStartTicks(pid: number): Promise<string> {
  try {
    return startTicksOf(await readFile(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return "";
  }
}

/** Whether the process leads its process group. Every host does; a process that a host has started does not. */
export async function leadsItsGroup(pid: number): Promise<boolean> {
  try {
    return fieldsOf(await readFile(`/proc/${pid}/stat`, "utf8"))[2] === String(pid);
  } catch {
    return false;
  }
}

/** Field 22 of `/proc/PID/stat`. */
export function startTicksOf(stat: string): string {
  return fieldsOf(stat)[19] ?? "";
}

/** The fields from the third on. The second is the program's name in parentheses, and may contain blanks and parentheses. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** True when the process of this record still runs. */
export async function isRecordedHost(record: HostRecord): Promise<boolean> {
  if (record.startTicks === "" || (await readStartTicks(record.pid)) !== record.startTicks) {
    return false;
  }
  return (await readCommandLine(record.pid)).includes(record.configFile);
}

/** Empty when the process is gone, or is a zombie. */
export async function readCommandLine(pid: number): Promise<string[]> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").slice(0, -1);
  } catch {
    return [];
  }
}
