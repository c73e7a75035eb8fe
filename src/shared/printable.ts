/**
 * Characters that change a terminal or a line of a log: control characters, line and paragraph separators, direction
 * overrides and halves of surrogate pairs.
 */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;

/** The escape of one such character. */
type Escape = (codePoint: number) => string;

const inBraces: Escape = (codePoint) => `\\u{${codePoint.toString(16)}}`;

/** The text on one line, with such characters escaped, e.g. `\u{1b}`. */
export function printable(text: string, escape: Escape = inBraces): string {
  return text.replace(UNPRINTABLE, (character) => escape(character.codePointAt(0) ?? 0));
}

/** The same for a text of several lines; its line breaks are kept. */
export function printableLines(text: string, escape?: Escape): string {
  return text
    .split("\n")
    .map((line) => printable(line, escape))
    .join("\n");
}
