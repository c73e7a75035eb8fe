import { formatCrc32, printable } from "../../shared/index.ts";
import type { ListedEntry } from "../store/index.ts";
import { sharedPath, type SharePlace } from "./shared-path.ts";

/**
 * EmulationStation's list of a system. It lists files, so each file is in it once, whatever it holds. Without a folder, paths begin in
 * the system's folder. Batocera and Recalbox take `hash` for the CRC of netplay; others ignore it.
 */
export function toGamelist(entries: readonly ListedEntry[], place: SharePlace): string {
  const files = new Map<string, { readonly first: ListedEntry; readonly cores: Set<string> }>();
  for (const entry of entries) {
    const known = files.get(entry.path) ?? { first: entry, cores: new Set() };
    known.cores.add(entry.core);
    files.set(entry.path, known);
  }
  const within: SharePlace = place.kind === "unknown" ? { kind: "folder", folder: "." } : place;
  const games = [...files.values()].map(({ first, cores }) => {
    const fields = {
      path: sharedPath({ path: first.path, member: null }, within),
      name: printable(first.name),
      desc: `Hosted on request with the core ${[...cores].join(" or ")}.`,
      hash: formatCrc32(first.crc),
    };
    const inside = Object.entries(fields).map(([key, value]) => `    <${key}>${escapeXml(value)}</${key}>\n`);
    return `  <game>\n${inside.join("")}  </game>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<gameList>\n${games.join("")}</gameList>\n`;
}

/** XML 1.0 allows no control characters, not even escaped. Line ends are kept only when they are escaped. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
