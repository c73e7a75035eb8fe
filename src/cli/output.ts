import { printable, printableLines } from "../shared/index.ts";

/** For people, on standard output: lines in which nothing can be taken for a command to the terminal. */
export function say(text: string): void {
  console.log(printableLines(text));
}

/** The same on standard error. */
export function complain(text: string): void {
  console.error(printableLines(text));
}

/** Tells what a command passed over. */
export function complainOfSkipped(
  skipped: readonly { readonly path: string; readonly reason: string }[],
): void {
  for (const { path: what, reason } of skipped) {
    complain(`skipped ${printable(what)}: ${printable(reason)}`);
  }
}

export interface JsonOptions {
  readonly json?: true;
}

/** Prints what a command found: for people, or with `--json` for scripts. */
export function print<T>(
  { json }: JsonOptions,
  found: T,
  describe: (found: T) => string,
  toJson: (found: T) => unknown = (same) => same,
): void {
  if (json) {
    printJson(toJson(found));
  } else {
    say(describe(found));
  }
}

/**
 * Data for scripts: one JSON document on standard output. JSON escapes only some of what a terminal obeys; the rest is
 * escaped here in the same way, and so stays the same data.
 */
export function printJson(data: unknown): void {
  const inHex = (codePoint: number): string => `\\u${codePoint.toString(16).padStart(4, "0")}`;
  console.log(printableLines(JSON.stringify(data, null, 2), inHex));
}
