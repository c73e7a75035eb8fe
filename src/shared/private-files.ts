import { chmodSync, statSync } from "node:fs";

/** Modes of a folder and of files that only their user may read. */
export const PRIVATE_FOLDER_MODE = 0o700;
export const PRIVATE_FILE_MODE = 0o600;

const OTHERS = 0o077;

/**
 * Makes a file or folder of this user private.
 *
 * @returns Whether other users had access before.
 */
export function makePrivate(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.uid !== process.geteuid?.() || stats === undefined || (stats.mode & OTHERS) === 0) {
    return false;
  }
  chmodSync(path, stats.mode & PRIVATE_FOLDER_MODE);
  return true;
}
