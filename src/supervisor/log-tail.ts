import { open } from "node:fs/promises";

const TAIL_BYTES = 64 * 1024;
const TAIL_LINES = 12;
/** A player may make a host write lines of any length. */
const LINE_CHARACTERS = 500;

/** What RetroArch itself calls a problem; `[libretro ERROR]` is a core's. */
const PROBLEM = /\[(?:libretro )?(?:ERROR|WARN)\]/;

/** Where a line of the core's own begins. */
const CORE = "[libretro ";

/** Every host says this, because its drivers are null ones. Debian's prints the key instead of the text. */
const EXPECTED = /Unable to init menu driver|failed[_ ]to[_ ]start[_ ]audio[_ ]driver/i;

/**
 * What a host's log says of its problems: its last errors and warnings, each with the core's line before it, or, where there are none, its last lines. It may hold
 * NUL bytes and text of players (nicknames), so control characters are replaced: the lines end up in the operator's terminal.
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

/** With what a core said right before: RetroArch's error does not tell which file the core had looked for. */
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
