import { chmodSync, linkSync, lstatSync, mkdtempSync, rmSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";
import path from "node:path";
import { hasErrorCode, OperatorError } from "../shared/index.ts";

/** Name of the admin socket in the data folder. */
export const SOCKET_NAME = "netplayd.sock";

/** `sun_path` of Linux has 108 bytes, one of them for the terminator. */
const LONGEST_PATH_BYTES = 107;

/** @throws OperatorError when the system has no room for the path of a socket. */
export function checkSocketPath(socketPath: string): void {
  const bytes = Buffer.byteLength(socketPath);
  if (bytes > LONGEST_PATH_BYTES) {
    throw new OperatorError(
      `The path of the admin socket has ${bytes} bytes, the system allows ${LONGEST_PATH_BYTES}: ${socketPath}. ` +
        `Choose a shorter data directory (data in the configuration).`,
    );
  }
}

/**
 * Makes the server listen at the path, with mode 0600 from the first moment: the socket is bound and restricted in a
 * private directory and only then linked to its place. (A umask would do it for a socket alone, but it belongs to the
 * whole process, and other threads of it create files.) The link also fails where another socket stands already.
 *
 * @returns What takes the socket file away again, unless it is somebody else's by then.
 * @throws OperatorError when another netplayd listens there, or the directory cannot be written.
 */
export async function listenAt(server: Server, socketPath: string): Promise<() => void> {
  checkSocketPath(socketPath);
  const stale = await findStaleSocket(socketPath);
  const directory = makePrivateDirectory(socketPath);
  const bound = path.join(directory, "s");
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(bound, () => {
        server.off("error", reject);
        resolve();
      });
    });
    chmodSync(bound, 0o600);
    const { ino } = lstatSync(bound);
    replaceSocket(bound, socketPath, stale);
    return () => {
      removeSocket(socketPath, ino);
    };
  } catch (error) {
    server.close();
    throw hasErrorCode(error, "EEXIST") ? alreadyRunning(socketPath) : error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The path of the socket in it is shorter than the final one: where that fits, this fits. */
function makePrivateDirectory(socketPath: string): string {
  const directory = path.dirname(socketPath);
  try {
    return mkdtempSync(path.join(directory, ".s-"));
  } catch (error) {
    if (hasErrorCode(error, "EACCES", "EROFS", "ENOENT", "ENOTDIR", "EPERM")) {
      throw new OperatorError(
        `The data directory ${directory} must exist and be writable for the admin socket.`,
      );
    }
    throw error;
  }
}

/** Synchronous: another netplayd that starts now sees either the old socket or ours. */
function replaceSocket(bound: string, socketPath: string, stale: number | undefined): void {
  if (stale !== undefined) {
    removeSocket(socketPath, stale);
  }
  linkSync(bound, socketPath);
}

function removeSocket(socketPath: string, ino: number): void {
  if (lstatSync(socketPath, { throwIfNoEntry: false })?.ino === ino) {
    unlinkSync(socketPath);
  }
}

/** The inode of a socket file that a killed netplayd left, undefined when there is none. */
async function findStaleSocket(socketPath: string): Promise<number | undefined> {
  const found = lstatSync(socketPath, { throwIfNoEntry: false });
  if (found === undefined) {
    return undefined;
  }
  if (!found.isSocket()) {
    throw new OperatorError(`${socketPath} is in the way of the admin socket: move it elsewhere.`);
  }
  if (await isListening(socketPath)) {
    throw alreadyRunning(socketPath);
  }
  return found.ino;
}

function isListening(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socketPath);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error) => {
      // Anything but a refusal (no permission, a full queue) means that somebody may be there.
      resolve(!hasErrorCode(error, "ECONNREFUSED", "ENOENT"));
    });
  });
}

function alreadyRunning(socketPath: string): OperatorError {
  return new OperatorError(
    `Another netplayd uses the data directory ${path.dirname(socketPath)}: end it, ` +
      `or give this one a directory of its own (data in the configuration).`,
  );
}
