import { readFile } from "node:fs/promises";

/** Start time of a process, see `startTicksOf`; it tells the process from a later one with its pid. Empty when it is gone. */
export async function readStartTicks(pid: number): Promise<string> {
  try {
    return startTicksOf(await readFile(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return "";
  }
}

/** Whether the process leads its group, as every host does, but nothing that a host has forked. */
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

/** From the third field on: the second is the program's name in parentheses, which may hold blanks and parentheses itself. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Empty when the process is gone, or is a zombie. */
export async function readCommandLine(pid: number): Promise<string[]> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").slice(0, -1);
  } catch {
    return [];
  }
}
