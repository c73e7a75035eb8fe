import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Cleanup } from "../../test/helpers/cleanup.ts";

const program = path.resolve(import.meta.dirname, "../pipe.mjs");

/** Starts a bare `node:net` pipe in a process of its own; the ports lead to the target ports in their order. */
export async function startPipe(
  cleanup: Cleanup,
  targetPorts: readonly number[],
): Promise<{ readonly pid: number; readonly ports: number[] }> {
  const child = spawn(process.execPath, [program, ...targetPorts.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  cleanup.defer(() => child.kill("SIGKILL"));
  const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  if (child.pid === undefined) {
    throw new Error("the pipe did not start");
  }
  return { pid: child.pid, ports: JSON.parse(line) as number[] };
}
