import { runProgram } from "../processes/index.ts";
import { parseVersion, type RetroArchVersion } from "../retroarch/index.ts";
import { fail, ok, type Result } from "../shared/index.ts";

const VERSION_TIMEOUT_MS = 10_000;

/** Asks the installed RetroArch for its version. The reason of a failure says what to do about it. */
export async function detectRetroArch(binary: string): Promise<Result<RetroArchVersion, string>> {
  const env = { DBUS_FATAL_WARNINGS: "0" };
  const run = await runProgram(binary, ["--version"], { timeoutMs: VERSION_TIMEOUT_MS, env });
  if (!run.ok) {
    return fail(
      `RetroArch cannot be started as ${binary} (${run.reason}): install it (Debian: apt-get install retroarch) or set retroarch.binary`,
    );
  }
  const version = parseVersion(run.value.stdout) ?? parseVersion(run.value.stderr);
  return version === undefined
    ? fail(`${binary} --version prints no version: is retroarch.binary really RetroArch?`)
    : ok(version);
}
