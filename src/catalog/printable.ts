/**
 * Control characters, line and paragraph separators, direction overrides and halves of surrogate pairs: what a
 * file name can do to a terminal or to a line of a log.
 */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;

/** The text on one line, with everything that is not shown as a character escaped, e.g. `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`);
}
