import path from "node:path";
import { fail, ok, type Result } from "../shared/index.ts";
import { loadExeca, reasonOf } from "./load-execa.ts";

/** What a program printed; `exitCode` is 0 for success, undefined when a signal ended it. */
export interface ProgramOutput {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end and collects what it prints. It runs in `/`: after a change of user (runuser) the current folder may
 * be one that the new user must not enter.
 *
 * @param options.env - Added to our own environment.
 * @returns The output whatever the exit code was, or the system's text when the program could not be started or took too long.
 */
export async function runProgram(
  binary: string,
  args: readonly string[],
  options: { readonly timeoutMs: number; readonly env?: Readonly<Record<string, string>> },
): Promise<Result<ProgramOutput, string>> {
  const { timeoutMs, env = {} } = options;
  const program = binary.includes("/") ? path.resolve(binary) : binary;
  const execa = await loadExeca();
  const result = await execa(program, args, {
    timeout: timeoutMs,
    env,
    cwd: "/",
    stdin: "ignore",
    reject: false,
  });
  if (result.timedOut || (result.exitCode === undefined && result.signal === undefined)) {
    return fail(reasonOf(result));
  }
  return ok({ exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr });
}

/**
 * Runs a program at the user's terminal until it ends. A Ctrl-C goes to it from the terminal, once; a SIGTERM that we get is
 * passed on.
 *
 * @returns Its exit code, or the system's text when it could not be started.
 */
export async function runAtTerminal(
  binary: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Result<number, string>> {
  const execa = await loadExeca();
  const child = execa(binary, args, { env, stdio: "inherit", reject: false, cleanup: false });
  const ignore = (): void => undefined;
  const terminate = (): void => {
    child.kill("SIGTERM");
  };
  process.on("SIGINT", ignore);
  process.on("SIGTERM", terminate);
  try {
    const result = await child;
    if (result.exitCode === undefined && result.signal === undefined) {
      return fail(reasonOf(result));
    }
    return ok(result.exitCode ?? 1);
  } finally {
    process.off("SIGINT", ignore);
    process.off("SIGTERM", terminate);
  }
}
