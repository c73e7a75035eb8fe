import { formatCrc32, printable } from "../../shared/index.ts";
import type { ListedEntry } from "../store/index.ts";
import { sharedPath, type SharePlace } from "./shared-path.ts";

const columns: Readonly<Record<string, (entry: ListedEntry, place: SharePlace) => string | number>> = {
  id: ({ id }) => id,
  name: ({ name }) => name,
  core: ({ core }) => core,
  crc: ({ crc }) => formatCrc32(crc),
  system: ({ system }) => system ?? "",
  region: ({ region }) => region ?? "",
  state: ({ state }) => state,
  problem: ({ problem, verification }) => problem ?? verification?.reason ?? "",
  sizeBytes: ({ sizeBytes }) => sizeBytes,
  playCount: ({ playCount }) => playCount,
  content: sharedPath,
};

/**
 * Comma-separated values by RFC 4180, with a line of headings: one line for each entry, control characters escaped as in
 * tables, and nothing that a spreadsheet would take for a formula.
 */
export function toCsv(entries: readonly ListedEntry[], place: SharePlace): string {
  const rows = entries.map((entry) => Object.values(columns).map((value) => String(value(entry, place))));
  return [Object.keys(columns), ...rows].map((row) => `${row.map(toCell).join(",")}\r\n`).join("");
}

/** Names come from files and DATs of others. A text that begins like a formula gets an apostrophe, which spreadsheets take for text. */
function toCell(value: string): string {
  const text = printable(value);
  const safe = /^\s*[=+\-@＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
