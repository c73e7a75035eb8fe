import path from "node:path";
import { formatCrc32 } from "../shared/index.ts";
import type { ListedEntry } from "./catalog-entry.ts";
import { contentArgument } from "./content-path.ts";

/** Where the player keeps the games: folder in front of every file name. File names alone when not given. */
export interface ShareOptions {
  readonly folder?: string | undefined;
}

/**
 * A RetroArch playlist. Its room finder takes the first item whose `crc32` is exactly eight upper-case digits and
 * `|crc`, whatever the playlist is called.
 */
export function toPlaylist(entries: readonly ListedEntry[], { folder = "" }: ShareOptions = {}): string {
  const items = entries.map((entry) => ({
    path: path.posix.join(folder, path.posix.basename(entry.path)) + memberOf(entry),
    label: entry.name,
    core_path: "DETECT",
    core_name: "DETECT",
    crc32: `${formatCrc32(entry.crc)}|crc`,
    db_name: `${entry.system ?? "netplayd"}.lpl`,
  }));
  const head = { version: "1.5", default_core_path: "", default_core_name: "", label_display_mode: 0 };
  return `${JSON.stringify({ ...head, items }, null, 2)}\n`;
}

/** EmulationStation's list of a folder. A file that several cores host, or that holds several games, stands in it once. */
export function toGamelist(entries: readonly ListedEntry[], { folder = "." }: ShareOptions = {}): string {
  const byFile = new Map([...entries].reverse().map((entry) => [entry.path, entry]));
  const games = entries
    .filter((entry) => byFile.get(entry.path) === entry)
    .map((entry) => {
      const fields = {
        path: `${folder}/${path.posix.basename(entry.path)}`,
        name: entry.name,
        desc: `Hosted on request with the core ${entry.core}.`,
        region: entry.region ?? "",
        hash: formatCrc32(entry.crc),
      };
      const lines = Object.entries(fields).filter(([, value]) => value !== "");
      const inside = lines.map(([key, value]) => `    <${key}>${escapeXml(value)}</${key}>\n`).join("");
      return `  <game>\n${inside}  </game>\n`;
    });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<gameList>\n${games.join("")}</gameList>\n`;
}

/** Comma-separated values by RFC 4180, with a line of headings. */
export function toCsv(entries: readonly ListedEntry[]): string {
  const rows = entries.map((entry) => [
    entry.id,
    entry.name,
    entry.core,
    formatCrc32(entry.crc),
    entry.system ?? "",
    entry.region ?? "",
    entry.state,
    entry.problem ?? entry.verification?.reason ?? "",
    entry.sizeBytes,
    entry.playCount,
    contentArgument(entry),
  ]);
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
  return [headings, ...rows].map((row) => `${row.map(escapeCsv).join(",")}\r\n`).join("");
}

function memberOf(entry: ListedEntry): string {
  return entry.member === null ? "" : `#${entry.member}`;
}

/** XML 1.0 has no place for control characters, not even escaped. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function escapeCsv(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
