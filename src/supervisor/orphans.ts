import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { leadsItsGroup, readCommandLine, readStartTicks } from "../processes/index.ts";
import { hostDirectories } from "../retroarch/index.ts";
import { hasErrorCode, pause, type Clock, type Logger } from "../shared/index.ts";
import { decodeHostRecord, hostRecordFile, isRecordedHost, type HostRecord } from "./host-record.ts";

const TERM_MS = 5000;
const POLL_MS = 20;

/**
 * Ends the hosts that a killed netplayd left behind and removes their folders. Call it only while no other netplayd uses
 * this data directory.
 *
 * @returns How many hosts were ended.
 */
export async function endOrphans(
  sessionsDir: string,
  { clock, logger }: { clock: Clock; logger: Logger },
): Promise<number> {
  const roots = await sessionRoots(sessionsDir);
  if (roots.length === 0) {
    return 0;
  }
  const hosts = (await Promise.all(roots.map(findHosts))).flat();
  await Promise.all(
    hosts.map(async (host) => {
      logger.warn(
        { hostPid: host.pid, configFile: host.configFile },
        "ending a host that an earlier netplayd left behind",
      );
      await endHost(host, clock);
    }),
  );
  await Promise.all(roots.map((root) => rm(root, { recursive: true, force: true })));
  return hosts.length;
}

async function sessionRoots(sessionsDir: string): Promise<string[]> {
  try {
    return (await readdir(sessionsDir)).map((name) => path.join(sessionsDir, name));
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) {
      return [];
    }
    throw error;
  }
}

/** Found by the record, or, when netplayd was killed before it wrote one, by the session's random id on the command line. */
async function findHosts(root: string): Promise<HostRecord[]> {
  const text = await readFile(hostRecordFile(root), "utf8").catch(() => "");
  const record = decodeHostRecord(text);
  if (record !== undefined) {
    return (await isRecordedHost(record)) ? [record] : [];
  }
  const { configFile } = hostDirectories(root);
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const startTicks = await readStartTicks(pid);
      const isHost = (await readCommandLine(pid)).includes(configFile) && (await leadsItsGroup(pid));
      return isHost ? [{ pid, startTicks, configFile }] : [];
    }),
  );
  return found.flat();
}

async function endHost(host: HostRecord, clock: Clock): Promise<void> {
  signal(host, "SIGCONT");
  signal(host, "SIGTERM");
  if (!(await isGoneWithin(host, clock, TERM_MS)) && (await isRecordedHost(host))) {
    signal(host, "SIGKILL");
    await isGoneWithin(host, clock, TERM_MS);
  }
}

async function isGoneWithin(host: HostRecord, clock: Clock, limitMs: number): Promise<boolean> {
  const deadline = clock.now() + limitMs;
  while (await isRecordedHost(host)) {
    if (clock.now() >= deadline) {
      return false;
    }
    await pause(clock, POLL_MS);
  }
  return true;
}

/** To the process group, which every host leads. */
function signal({ pid }: HostRecord, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    if (!hasErrorCode(error, "ESRCH")) {
      throw error;
    }
  }
}
