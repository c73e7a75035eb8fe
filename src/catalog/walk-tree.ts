import { readdirSync, statSync, type Dirent } from "node:fs";
import { stampOf, type FileStamp } from "./file-store.ts";
import { describeReadError } from "./read-content.ts";

/** One folder of the tree. */
export interface WalkedDirectory {
  readonly path: string;
  /** Its files, with the facts that tell whether they changed. */
  readonly files: readonly WalkedFile[];
  readonly problems: readonly Skipped[];
}

export interface WalkedFile {
  readonly name: string;
  readonly path: string;
  readonly stamp: FileStamp;
}

/** What was passed over, and why. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

/**
 * Walks a tree folder by folder, following symbolic links to files and to folders. A folder is visited once, by its own
 * name rather than by a link's; links into a folder above end there.
 *
 * @param isWanted - Asked with the name alone: files that are of no interest cost no further system call.
 */
export function* walkTree(root: string, isWanted: (file: string) => boolean): Generator<WalkedDirectory> {
  const visited = new Set<string>();
  const queue = [root];
  const linked: string[] = [];
  for (;;) {
    const directory = queue.pop() ?? linked.shift();
    if (directory === undefined) {
      return;
    }
    const found = readDirectory(directory, visited, isWanted);
    if (found === undefined) {
      continue;
    }
    queue.push(...found.folders.reverse());
    linked.push(...found.linked);
    yield found;
  }
}

interface FoundDirectory extends WalkedDirectory {
  readonly folders: string[];
  readonly linked: string[];
}

function readDirectory(
  directory: string,
  visited: Set<string>,
  isWanted: (file: string) => boolean,
): FoundDirectory | undefined {
  const found = {
    path: directory,
    files: [] as WalkedFile[],
    problems: [] as Skipped[],
    folders: [] as string[],
    linked: [] as string[],
  };
  let entries: Dirent[];
  try {
    const { dev, ino } = statSync(directory);
    const identity = `${dev}:${ino}`;
    if (visited.has(identity)) {
      return undefined;
    }
    visited.add(identity);
    entries = readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    found.problems.push({ path: directory, reason: describeReadError(error) });
    return found;
  }
  const base = directory === "/" ? "/" : `${directory}/`;
  for (const entry of entries) {
    sortEntry(entry, base + entry.name, found, isWanted);
  }
  return found;
}

function sortEntry(
  entry: Dirent,
  file: string,
  found: { files: WalkedFile[]; problems: Skipped[]; folders: string[]; linked: string[] },
  isWanted: (file: string) => boolean,
): void {
  const isLink = entry.isSymbolicLink();
  if (!isLink && !entry.isDirectory() && !(entry.isFile() && isWanted(file))) {
    return;
  }
  // Node puts the replacement character where bytes are no UTF-8; such a file cannot be named to a program.
  if (entry.name.includes("\ufffd")) {
    found.problems.push({ path: file, reason: "its name is not UTF-8: rename it" });
    return;
  }
  if (entry.isDirectory()) {
    found.folders.push(file);
    return;
  }
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) {
      found.linked.push(file);
    } else if (stats.isFile() && (!isLink || isWanted(file))) {
      found.files.push({ name: entry.name, path: file, stamp: stampOf(stats) });
    }
  } catch (error) {
    found.problems.push({
      path: file,
      reason: isLink ? "a link to nowhere" : describeReadError(error),
    });
  }
}
