import { open } from "node:fs/promises";

const TAIL_BYTES = 64 * 1024;
const TAIL_LINES = 12;
/** A player may make a host write lines of any length. */
const LINE_CHARACTERS = 500;

/** RetroArch's own errors and warnings, and those of a core (`[libretro ERROR]`). */
const PROBLEM = /\[(?:libretro )?(?:ERROR|WARN)\]/;

/** Every line that a core writes begins so. */
const CORE = "[libretro ";

/** Every host logs this, because it has null drivers. Debian's RetroArch prints the key instead of the text. */
const EXPECTED = /Unable to init menu driver|failed[_ ]to[_ ]start[_ ]audio[_ ]driver/i;

/**
 * The last errors and warnings of a host's log, each with the core's line before it; its last lines where there are none. The log may
 * hold NUL bytes and nicknames, and the lines are shown in the operator's terminal: control characters are replaced.
 */
export async function readLogTail(file: string): Promise<string[]> {
  try {
    const handle = await open(file, "r");
    try {
      const { size } = await handle.stat();
      const length = Math.min(size, TAIL_BYTES);
      const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
      const lines = printableLines(buffer.toString("utf8"));
      const problems = problemsAmong(lines);
      return (problems.length > 0 ? problems : lines).slice(-TAIL_LINES);
    } finally {
      await handle.close();
    }
  } catch {
    return [];
  }
}

/** With the core's line right before each: RetroArch's own error does not tell which file the core looked for. */
function problemsAmong(lines: readonly string[]): string[] {
  const isProblem = (line = ""): boolean => PROBLEM.test(line) && !EXPECTED.test(line);
  return lines.filter(
    (line, index) => isProblem(line) || (line.startsWith(CORE) && isProblem(lines[index + 1])),
  );
}

function printableLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) =>
      line
        .slice(0, LINE_CHARACTERS)
        .replace(/\p{C}+/gu, " ")
        .trim(),
    )
    .filter((line) => line !== "");
}
