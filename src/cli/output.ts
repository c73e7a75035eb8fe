import { printableLines } from "../shared/index.ts";

/** For people, on standard output: lines in which nothing can be taken for a command to the terminal. */
export function say(text: string): void {
  console.log(printableLines(text));
}

/** The same on standard error. */
export function complain(text: string): void {
  console.error(printableLines(text));
}

/**
 * Data for scripts: one JSON document on standard output. JSON escapes only some of what a terminal obeys; the rest is
 * escaped here in the same way, and so stays the same data.
 */
export function printJson(data: unknown): void {
  const inHex = (codePoint: number): string => `\\u${codePoint.toString(16).padStart(4, "0")}`;
  console.log(printableLines(JSON.stringify(data, null, 2), inHex));
}
