import { formatCrc32, printable } from "../../shared/index.ts";
import type { ListedEntry } from "../store/index.ts";
import { sharedPath, type SharePlace } from "./shared-path.ts";

const headings = [
  "id",
  "name",
  "core",
  "crc",
  "system",
  "region",
  "state",
  "problem",
  "sizeBytes",
  "playCount",
  "content",
];

/**
 * Comma-separated values by RFC 4180, with a line of headings: one line for each entry, control characters escaped as in
 * tables, and nothing that a spreadsheet would take for a formula.
 */
export function toCsv(entries: readonly ListedEntry[], place: SharePlace): string {
  const rows = entries.map((entry) => [
    String(entry.id),
    entry.name,
    entry.core,
    formatCrc32(entry.crc),
    entry.system ?? "",
    entry.region ?? "",
    entry.state,
    entry.problem ?? entry.verification?.reason ?? "",
    String(entry.sizeBytes),
    String(entry.playCount),
    sharedPath(entry, place),
  ]);
  return [headings, ...rows].map((row) => `${row.map(toCell).join(",")}\r\n`).join("");
}

/** Names come from files and DATs of others. A text that begins like a formula gets an apostrophe, which spreadsheets take for text. */
function toCell(value: string): string {
  const text = printable(value);
  const safe = /^\s*[=+\-@＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
