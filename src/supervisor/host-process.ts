import { open, type FileHandle } from "node:fs/promises";
import { execa } from "execa";
import { describeError, fail, ok, type Result } from "../shared/index.ts";

export interface HostProcessSpec {
  readonly binary: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Receives standard output and standard error. */
  readonly logFile: string;
}

export interface HostExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A host process that was started. Signals to one that has ended are ignored. */
export interface HostProcess {
  readonly pid: number;
  /** Resolves once the process has ended and was waited for; never rejects. */
  readonly exit: Promise<HostExit>;
  signal(name: "SIGSTOP" | "SIGCONT" | "SIGTERM" | "SIGKILL"): void;
}

/**
 * Starts a host in a process group of its own: a Ctrl-C at the terminal must reach netplayd alone, because a second signal makes
 * RetroArch exit without saving.
 */
export async function startHostProcess(spec: HostProcessSpec): Promise<Result<HostProcess, string>> {
  let log: FileHandle;
  try {
    // Appending: when the log is cut, the process goes on at its new end.
    log = await open(spec.logFile, "a", 0o600);
  } catch (error) {
    return fail(describeError(error));
  }
  // execa takes any open descriptor; its types name the standard ones only.
  const output = log.fd as 1;
  const child = execa(spec.binary, spec.args, {
    cwd: spec.cwd,
    env: spec.env,
    extendEnv: false,
    stdin: "ignore",
    stdout: output,
    stderr: output,
    detached: true,
    cleanup: false,
    // The session decides when TERM has lasted long enough, not execa.
    forceKillAfterDelay: false,
    reject: false,
    buffer: false,
  });
  const exit = new Promise<HostExit>((resolve) => {
    child.once("exit", (code, signal) => {
      resolve({ code, signal });
    });
  });
  const pid = child.pid;
  await log.close();
  if (pid === undefined) {
    const { originalMessage, shortMessage } = await child;
    return fail(originalMessage ?? shortMessage ?? "the process could not be started");
  }
  return ok({
    pid,
    exit,
    signal(name) {
      child.kill(name);
    },
  });
}
