import { chmodSync, statSync } from "node:fs";

/** The folder and the files in it: nobody else's business. */
export const PRIVATE_FOLDER_MODE = 0o700;
export const PRIVATE_FILE_MODE = 0o600;

const OTHERS = 0o077;

/**
 * Takes a file or folder of this user's away from all others.
 *
 * @returns Whether they had access to it.
 */
export function makePrivate(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.uid !== process.geteuid?.() || stats === undefined || (stats.mode & OTHERS) === 0) {
    return false;
  }
  chmodSync(path, stats.mode & PRIVATE_FOLDER_MODE);
  return true;
}
