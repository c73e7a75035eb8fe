import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { crc32, inflateRawSync } from "node:zlib";

/** Elapsed time, and processor time, which other work on the machine disturbs less. */
export interface Taken {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Runs a command line of the shell; throws when it fails. */
function time(command: string): Taken {
  const startedMs = performance.now();
  const script = `${command} && times`;
  const { status, stdout, stderr } = spawnSync("bash", ["-o", "pipefail", "-c", script], {
    encoding: "utf8",
  });
  if (status !== 0) {
    throw new Error(`${command}: ${stderr}`);
  }
  return { ms: performance.now() - startedMs, cpuMs: sumOfTimes(stdout) };
}

/** `times` prints minutes and seconds, user and system, of the shell and of its children: `0m1.234s 0m0.010s`. */
function sumOfTimes(text: string): number {
  return [...text.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
    0,
  );
}

/** The same for a piece of work in this process, its threads included. */
export async function timeHere(work: () => unknown): Promise<Taken> {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - startedMs, cpuMs: (user + system) / 1000 };
}

/** `rhash --crc32` of every file, in as many processes as there are processors. */
export function timeRhash(folder: string): Taken {
  return time(
    `find '${folder}' -type f -print0 | xargs -0 -P ${availableParallelism()} -n 200 rhash --crc32 --simple > /dev/null`,
  );
}

/** What a scan would have to do without the zips' directories: unpack every member, here in this thread. */
export function inflateAll(folder: string): void {
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (file.endsWith(".zip")) {
      const zip = readFileSync(path.join(folder, file));
      // Local header of the only member: sizes at 18, length of its name at 26.
      const from = 30 + zip.readUInt16LE(26);
      const crc = crc32(inflateRawSync(zip.subarray(from, from + zip.readUInt32LE(18))));
      if (crc !== zip.readUInt32LE(14)) {
        throw new Error(`${file} is damaged`);
      }
    }
  }
}

/** The lower limit of a rescan: reading every file's size and time. */
export function timeFind(folder: string): Taken {
  return time(`find '${folder}' -printf '%s %T@\\n' > /dev/null`);
}
