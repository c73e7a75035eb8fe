import type { Stats } from "node:fs";

/** What tells a file from another version of itself without reading it. */
export interface FileStamp {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly device: number;
  readonly inode: number;
}

export function stampOf({ size: sizeBytes, mtimeMs, dev: device, ino: inode }: Stats): FileStamp {
  return { sizeBytes, mtimeMs, device, inode };
}
