import { readdir, readFile, readlink } from "node:fs/promises";
import { endianness } from "node:os";
import { hasErrorCode } from "../shared/index.ts";

/** Both ends of a TCP connection over IPv4 on this machine, as the process sees them that has opened it. */
export interface LocalConnection {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** What `/proc/net/tcp` says of a socket. */
interface SocketFacts {
  readonly uid: number;
  readonly inode: string;
}

let reading: Promise<string> | undefined;
let next: Promise<string> | undefined;

/**
 * Whether this process, or one that it has started, holds its end of the connection. Where the system does not show what the
 * process holds, the socket must belong to our own user.
 */
export async function holdsConnection(pid: number, connection: LocalConnection): Promise<boolean> {
  const socket = findSocket(await readTable(), connection);
  if (socket === undefined) {
    return false;
  }
  const held = await holdsSocket(pid, `socket:[${socket.inode}]`);
  return held ?? socket.uid === process.getuid?.();
}

/** The line of a connection in the text of `/proc/net/tcp` (proc(5)). */
export function findSocket(table: string, connection: LocalConnection): SocketFacts | undefined {
  const { localAddress, localPort, remoteAddress, remotePort } = connection;
  const ends = ` ${endOf(localAddress, localPort)} ${endOf(remoteAddress, remotePort)} `;
  const at = table.indexOf(ends);
  if (at === -1) {
    return undefined;
  }
  // state, queues, timer, retransmissions, uid, time-out, inode
  const [, , , , uid, , inode] = table.slice(at + ends.length, table.indexOf("\n", at)).split(/ +/);
  return inode === undefined || inode === "0" ? undefined : { uid: Number(uid), inode };
}

function endOf(address: string, port: number): string {
  const bytes = address.split(".").map(Number);
  const hex = (endianness() === "LE" ? bytes.reverse() : bytes).map((byte) => toHex(byte, 2)).join("");
  return `${hex}:${toHex(port, 4)}`;
}

function toHex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}

/** The table can be long, so all who ask while it is read share the next reading. */
function readTable(): Promise<string> {
  if (reading === undefined) {
    reading = readFile("/proc/net/tcp", "latin1").finally(() => {
      reading = undefined;
    });
    return reading;
  }
  next ??= reading
    .catch(() => undefined)
    .then(() => {
      next = undefined;
      return readTable();
    });
  return next;
}

/** Undefined when the system does not show it. */
async function holdsSocket(pid: number, name: string): Promise<boolean | undefined> {
  try {
    const folder = `/proc/${pid}/fd`;
    const names = await Promise.all(
      (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => "")),
    );
    if (names.includes(name)) {
      return true;
    }
  } catch (error) {
    return hasErrorCode(error, "EACCES", "EPERM") ? undefined : false;
  }
  for (const child of await childrenOf(pid)) {
    const held = await holdsSocket(child, name);
    if (held !== false) {
      return held;
    }
  }
  return false;
}

/** The program may be a script, or a sandbox, that starts RetroArch. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "latin1").catch(() => "");
  return text.split(" ").filter(Boolean).map(Number);
}
