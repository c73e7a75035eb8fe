import { readdirSync, statSync, type Dirent } from "node:fs";
import { stampOf, type FileStamp, describeReadError, type Skipped } from "../content/index.ts";

/** One folder of the tree. */
export interface WalkedDirectory {
  readonly path: string;
  /** Its files, with the facts that tell whether they changed. */
  readonly files: readonly WalkedFile[];
  /** Those that are opened whatever their facts are, and tell them then. */
  readonly unstamped: readonly Omit<WalkedFile, "stamp">[];
  readonly problems: readonly Skipped[];
}

export interface WalkedFile {
  readonly name: string;
  readonly path: string;
  readonly stamp: FileStamp;
}

/** What a file's name says: of no interest, worth a look at its facts, or opened whatever they are. */
export type Interest = "none" | "facts" | "opened";

/** Asked before a file costs a system call. */
export type JudgeName = (directory: string, name: string, path: string) => Interest;

/**
 * Walks a tree folder by folder, following symbolic links to files and to folders. A folder is visited once, by its own
 * name rather than by a link's; links into a folder above end there.
 */
export function* walkTree(root: string, judge: JudgeName): Generator<WalkedDirectory> {
  const visited = new Set<string>();
  const queue = [root];
  const linked: string[] = [];
  for (;;) {
    const directory = queue.pop() ?? linked.shift();
    if (directory === undefined) {
      return;
    }
    const found = readDirectory(directory, visited, judge);
    if (found === undefined) {
      continue;
    }
    queue.push(...found.folders.reverse());
    linked.push(...found.linked);
    yield found;
  }
}

interface FoundDirectory extends WalkedDirectory {
  readonly files: WalkedFile[];
  readonly unstamped: Omit<WalkedFile, "stamp">[];
  readonly problems: Skipped[];
  readonly folders: string[];
  readonly linked: string[];
}

function readDirectory(
  directory: string,
  visited: Set<string>,
  judge: JudgeName,
): FoundDirectory | undefined {
  const found: FoundDirectory = {
    path: directory,
    files: [],
    unstamped: [],
    problems: [],
    folders: [],
    linked: [],
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
    sortEntry(entry, base + entry.name, found, judge);
  }
  return found;
}

function sortEntry(entry: Dirent, file: string, found: FoundDirectory, judge: JudgeName): void {
  const { name } = entry;
  const isLink = entry.isSymbolicLink();
  const isFolder = entry.isDirectory();
  const interest = isLink || entry.isFile() ? judge(found.path, name, file) : "none";
  if (!isLink && !isFolder && interest === "none") {
    return;
  }
  // Node puts the replacement character where bytes are no UTF-8; such a file cannot be named to a program.
  if (name.includes("\ufffd")) {
    found.problems.push({ path: file, reason: "its name is not UTF-8: rename it" });
    return;
  }
  if (isFolder) {
    found.folders.push(file);
    return;
  }
  if (!isLink && interest === "opened") {
    found.unstamped.push({ name, path: file });
    return;
  }
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) {
      found.linked.push(file);
    } else if (stats.isFile() && interest !== "none") {
      found.files.push({ name, path: file, stamp: stampOf(stats) });
    }
  } catch (error) {
    found.problems.push({
      path: file,
      reason: isLink ? "a link to nowhere" : describeReadError(error),
    });
  }
}
