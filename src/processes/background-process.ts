import { open, type FileHandle } from "node:fs/promises";
import { describeError, fail, ok, type Result } from "../shared/index.ts";
import { loadExeca, reasonOf, type Execa } from "./load-execa.ts";

export interface BackgroundProcessSpec {
  readonly binary: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Receives standard output and standard error. */
  readonly logFile: string;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that was started. Signals to one that has ended are ignored. */
export interface BackgroundProcess {
  readonly pid: number;
  /** Resolves once the process has ended and was waited for; never rejects. */
  readonly exit: Promise<ProcessExit>;
  signal(name: "SIGSTOP" | "SIGCONT" | "SIGTERM" | "SIGKILL"): void;
}

/**
 * Starts a program in a process group of its own: a Ctrl-C at the terminal must reach netplayd alone, because a second signal makes
 * RetroArch exit without saving.
 */
export async function startBackgroundProcess(
  spec: BackgroundProcessSpec,
): Promise<Result<BackgroundProcess, string>> {
  let log: FileHandle;
  try {
    // Appending: when the log is cut, the process goes on at its new end.
    log = await open(spec.logFile, "a", 0o600);
  } catch (error) {
    return fail(describeError(error));
  }
  const execa = await loadExeca();
  const child = spawn(execa, spec, log.fd);
  const exit = new Promise<ProcessExit>((resolve) => {
    child.once("exit", (code, signal) => {
      resolve({ code, signal });
    });
  });
  const { pid } = child;
  await log.close();
  if (pid === undefined) {
    return fail(reasonOf(await child));
  }
  return ok({
    pid,
    exit,
    signal(name) {
      // Its whole group: the program may be a script that starts another. The pid is its own until the exit was seen.
      if (child.exitCode === null && child.signalCode === null) {
        process.kill(-pid, name);
      }
    },
  });
}

function spawn(execa: Execa, { binary, args, cwd, env }: BackgroundProcessSpec, logFd: number) {
  // execa takes any open descriptor; its types name the standard ones only.
  const output = logFd as 1;
  return execa(binary, args, {
    cwd,
    env,
    extendEnv: false,
    stdin: "ignore",
    stdout: output,
    stderr: output,
    detached: true,
    cleanup: false,
    // The caller decides when SIGKILL follows.
    forceKillAfterDelay: false,
    reject: false,
    buffer: false,
  });
}
