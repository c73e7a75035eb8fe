import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What Linux shows about processes in /proc (proc(5)). Every function may be called for a process that is gone. */

/** The state letter, e.g. `R`, `S`, `T` for stopped; undefined when there is no such process, or only its exit code. */
export function processState(pid: number): string | undefined {
  const state = statFields(pid)[0];
  return state === "Z" ? undefined : state;
}

export function isRunning(pid: number): boolean {
  return processState(pid) !== undefined;
}

/** When it was started, in clock ticks since the machine was. */
export function startTicks(pid: number): string {
  return statFields(pid)[19] ?? "";
}

/** Processor time used so far, user and system, in ticks of 10 ms. */
export function cpuTicks(pid: number): number {
  const fields = statFields(pid);
  return Number(fields[11]) + Number(fields[12]);
}

/** How often its threads were scheduled so far: it does not change while the process sleeps. */
export function contextSwitches(pid: number): number {
  const counts = list(`/proc/${pid}/task`).flatMap((thread) =>
    [...read(`/proc/${pid}/task/${thread}/status`).matchAll(/ctxt_switches:\s*(\d+)/g)].map(([, count]) =>
      Number(count),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** How many file descriptors it has open. */
export function openFiles(pid: number): number {
  return list(`/proc/${pid}/fd`).length;
}

/** Resident memory: all of it, and the part that is the process's own. */
export function residentMiB(pid: number): { readonly all: number; readonly own: number } {
  const status = read(`/proc/${pid}/status`);
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
  return { all: field("VmRSS"), own: field("RssAnon") };
}

export interface Sockets {
  /** Ports on which it takes TCP connections. */
  readonly tcpListeners: readonly number[];
  /** Local ports of its UDP sockets. */
  readonly udp: readonly number[];
  /** TCP connections in any state. */
  readonly tcpConnections: number;
}

const TCP_LISTEN = "0A";

/** The process's own Internet sockets. */
export function socketsOf(pid: number): Sockets {
  const inodes = new Set(
    list(`/proc/${pid}/fd`).flatMap((fd) => {
      const target = readLink(`/proc/${pid}/fd/${fd}`);
      return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
    }),
  );
  const own = (table: string): { port: number; state: string }[] =>
    read(`/proc/${pid}/net/${table}`)
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => inodes.has(fields[9] ?? ""))
      .map((fields) => ({
        port: Number.parseInt(fields[1]?.split(":")[1] ?? "", 16),
        state: fields[3] ?? "",
      }));
  const tcp = [...own("tcp"), ...own("tcp6")];
  return {
    tcpListeners: tcp.filter(({ state }) => state === TCP_LISTEN).map(({ port }) => port),
    udp: [...own("udp"), ...own("udp6")].map(({ port }) => port),
    tcpConnections: tcp.filter(({ state }) => state !== TCP_LISTEN).length,
  };
}

export interface UdpQueue {
  /** Bytes that the port's owner has not read yet. */
  readonly waitingBytes: number;
  /** Datagrams that the system threw away because they would have waited too long. */
  readonly dropped: number;
}

/** The queue of a UDP port of this machine. */
export function udpQueue(port: number): UdpQueue {
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  const fields = `${read("/proc/net/udp")}\n${read("/proc/net/udp6")}`
    .split("\n")
    .map((text) => text.trim().split(/\s+/))
    .find((line) => line[1]?.endsWith(`:${hexPort}`));
  return {
    waitingBytes: Number.parseInt(fields?.[4]?.split(":")[1] ?? "", 16),
    dropped: Number(fields?.at(-1)),
  };
}

export interface NamedProcess {
  readonly pid: number;
  readonly command: readonly string[];
}

/** Processes with this text somewhere on their command line, this one excepted. */
export function processesNaming(text: string): NamedProcess[] {
  return list("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), command: read(`/proc/${name}/cmdline`).split("\0").slice(0, -1) }))
    .filter(({ pid, command }) => pid !== process.pid && command.some((part) => part.includes(text)));
}

/** Processes that this one has started and that it has not waited for, in order of their numbers. */
export function childrenOf(pid: number): number[] {
  return list("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => statFields(child)[1] === String(pid))
    .sort((a, b) => a - b);
}

/** Fields of /proc/PID/stat from the third on, the state. */
function statFields(pid: number): string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat === "" ? [] : stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readLink(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}
