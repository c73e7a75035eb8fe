import { open } from "node:fs/promises";

const TAIL_BYTES = 8192;
const TAIL_LINES = 12;

/**
 * The last lines of a host's log. It may hold NUL bytes and text of players (nicknames), so control characters are replaced:
 * the lines end up in the operator's terminal.
 */
export async function readLogTail(file: string): Promise<string[]> {
  try {
    const handle = await open(file, "r");
    try {
      const { size } = await handle.stat();
      const length = Math.min(size, TAIL_BYTES);
      const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
      return printableLines(buffer.toString("utf8")).slice(-TAIL_LINES);
    } finally {
      await handle.close();
    }
  } catch {
    return [];
  }
}

function printableLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/\p{C}+/gu, " ").trim())
    .filter((line) => line !== "");
}
