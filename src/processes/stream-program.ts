import { spawn, type ChildProcess } from "node:child_process";
import { describeError, fail, hasErrorCode, ok, type Result } from "../shared/index.ts";

/** More of what a program complains of is not kept. */
const KEPT_STDERR = 64 * 1024;

/**
 * Runs a program to its end and hands on what it prints, as it comes. Unlike `runProgram` it loads nothing that takes long, for
 * threads that live shortly.
 *
 * @param onOutput - False ends the program.
 * @returns `exitCode` is null when a signal ended it, as at the timeout, and -1 when it could not be started; `stderr` then says why.
 */
export function streamProgram(
  binary: string,
  args: readonly string[],
  { timeoutMs, onOutput }: { readonly timeoutMs: number; readonly onOutput: (chunk: Buffer) => boolean },
): Promise<Result<{ readonly exitCode: number | null; readonly stderr: string }, "not-installed">> {
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
      const isThere = !hasErrorCode(error, "ENOENT");
      resolve(isThere ? ok({ exitCode: -1, stderr: describeError(error) }) : fail("not-installed"));
    });
    child.once("close", (exitCode) => {
      resolve(ok({ exitCode, stderr }));
    });
  });
}
