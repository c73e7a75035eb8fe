import { spawn, type ChildProcess } from "node:child_process";
import { describeError, fail, hasErrorCode, ok, type Result } from "../shared/index.ts";

/** How a program ended whose output was read as it came; `exitCode` is null when a signal ended it, as at a timeout. */
export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** Why a program did not start. */
export type StartFault = "not-installed" | { readonly text: string };

/** More of what a program complains of is not kept. */
const KEPT_STDERR = 64 * 1024;

/**
 * Runs a program to its end and hands on what it prints, as it comes. For threads that live shortly: it needs nothing that takes
 * long to load.
 *
 * @param onOutput - False ends the program.
 */
export function streamProgram(
  binary: string,
  args: readonly string[],
  { timeoutMs, onOutput }: { readonly timeoutMs: number; readonly onOutput: (chunk: Buffer) => boolean },
): Promise<Result<ProgramEnd, StartFault>> {
  // Without file descriptors left there are no streams, whatever the types say.
  const child: ChildProcess = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(0, KEPT_STDERR);
  });
  child.stdout?.on("data", (chunk: Buffer) => {
    if (!onOutput(chunk)) {
      child.kill();
    }
  });
  return new Promise((resolve) => {
    child.once("error", (error) => {
      resolve(fail(hasErrorCode(error, "ENOENT") ? "not-installed" : { text: describeError(error) }));
    });
    child.once("close", (exitCode) => {
      resolve(ok({ exitCode, stderr }));
    });
  });
}
