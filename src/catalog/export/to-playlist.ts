import { formatCrc32, printable } from "../../shared/index.ts";
import type { ListedEntry } from "../store/index.ts";
import { sharedPath, type SharePlace } from "./shared-path.ts";

/**
 * A RetroArch playlist, as RetroArch's own scan writes it. When a player joins a room, RetroArch looks through all playlists and takes
 * the first item whose `crc32` is exactly eight upper-case digits and `|crc`. It does not look further when that item's file is
 * missing. So an item has no path where its place is unknown: the menu shows the item, and the search skips it.
 */
export function toPlaylist(entries: readonly ListedEntry[], place: SharePlace): string {
  const items = new Map<string, Readonly<Record<string, string>>>();
  for (const entry of entries) {
    const crc = formatCrc32(entry.crc);
    const file = sharedPath(entry, place);
    // What several cores host is one game for a player.
    const key = `${crc} ${file}`;
    items.set(key, items.get(key) ?? toItem(entry, crc, place.kind === "unknown" ? "" : file));
  }
  const head = { version: "1.5", default_core_path: "", default_core_name: "" };
  // With "Portable Playlists" on, RetroArch replaces this folder by the player's own.
  const base = place.kind === "folder" ? { base_content_directory: place.folder } : {};
  const all = { ...head, ...base, label_display_mode: 0, items: [...items.values()] };
  return `${JSON.stringify(all, null, 2)}\n`;
}

function toItem(entry: ListedEntry, crc: string, file: string): Readonly<Record<string, string>> {
  return {
    path: file,
    label: printable(entry.name),
    core_path: "DETECT",
    core_name: "DETECT",
    crc32: `${crc}|crc`,
    db_name: `${entry.system ?? "netplayd"}.lpl`,
  };
}
