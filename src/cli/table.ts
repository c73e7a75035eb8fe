import stringWidth from "string-width";
import { printable } from "../shared/index.ts";

/** Rows as aligned columns for a terminal, the headings first. Characters of other scripts may be two columns wide, or none. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows].map((cells) =>
    cells.map((cell) => {
      const text = printable(cell);
      return { text, width: columnsOf(text) };
    }),
  );
  const widths = headings.map((_, column) =>
    lines.reduce((widest, cells) => Math.max(widest, cells[column]?.width ?? 0), 0),
  );
  return lines
    .map((cells) =>
      cells
        .map(({ text, width }, column) => text + " ".repeat((widths[column] ?? 0) - width))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A list of many games is mostly ASCII, which is counted much faster. */
function columnsOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}
