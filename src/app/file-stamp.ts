import { statSync } from "node:fs";

/** Tells a file from what was there before under its name; of `archive.zip#member`, the archive. Empty: there is none. */
export function fileStamp(file: string): string {
  const stats =
    statSync(file, { throwIfNoEntry: false }) ??
    statSync(file.replace(/#[^#]*$/, ""), { throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeMs}`;
}
