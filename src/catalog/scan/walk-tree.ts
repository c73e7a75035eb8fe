import { readdirSync, statSync, type Dirent } from "node:fs";
import { describeReadError, stampOf, type FileStamp, type Skipped } from "../content/index.ts";

/** One folder of the tree. */
export interface WalkedDirectory {
  readonly path: string;
  readonly files: readonly WalkedFile[];
  readonly problems: readonly Skipped[];
}

export interface WalkedFile {
  readonly name: string;
  readonly path: string;
  /** Undefined for a file that is opened in any case; its size and time are read then. */
  readonly stamp: FileStamp | undefined;
}

/** What a file's name says: it is of no interest, its size and time are needed, or it is opened in any case. */
export type Interest = "none" | "stat" | "open";

/** Called before a file costs a system call. */
export type ClassifyName = (directory: string, name: string, path: string) => Interest;

/**
 * Walks a tree folder by folder and follows symbolic links to files and to folders. Each folder is visited once, by its own
 * name rather than by a link's name; a link into a folder above it is not followed.
 */
export function* walkTree(root: string, classify: ClassifyName): Generator<WalkedDirectory> {
  const visited = new Set<string>();
  const queue = [root];
  const linked: string[] = [];
  for (;;) {
    const directory = queue.pop() ?? linked.shift();
    if (directory === undefined) {
      return;
    }
    const entries = listFolder(directory, visited);
    if (entries === "visited") {
      continue;
    }
    if ("reason" in entries) {
      yield { path: directory, files: [], problems: [entries] };
      continue;
    }
    visited.add(entries.identity);
    const base = directory === "/" ? "/" : `${directory}/`;
    const found = entries.children.map((child) => toFound(child, directory, base + child.name, classify));
    for (const item of found.toReversed()) {
      if (item?.kind === "folder") {
        queue.push(item.path);
      }
    }
    for (const item of found) {
      if (item?.kind === "link") {
        linked.push(item.path);
      }
    }
    yield {
      path: directory,
      files: found.flatMap((item) => (item?.kind === "file" ? item.file : [])),
      problems: found.flatMap((item) => (item?.kind === "problem" ? item.problem : [])),
    };
  }
}

interface Listing {
  readonly identity: string;
  readonly children: readonly Dirent[];
}

function listFolder(directory: string, visited: ReadonlySet<string>): Listing | Skipped | "visited" {
  try {
    const { dev, ino } = statSync(directory);
    const identity = `${dev}:${ino}`;
    return visited.has(identity)
      ? "visited"
      : { identity, children: readdirSync(directory, { withFileTypes: true }) };
  } catch (error) {
    return { path: directory, reason: describeReadError(error) };
  }
}

type Found =
  | { readonly kind: "folder" | "link"; readonly path: string }
  | { readonly kind: "file"; readonly file: WalkedFile }
  | { readonly kind: "problem"; readonly problem: Skipped };

/** Undefined for what a scan ignores. */
function toFound(entry: Dirent, directory: string, file: string, classify: ClassifyName): Found | undefined {
  const { name } = entry;
  const isLink = entry.isSymbolicLink();
  const isFolder = entry.isDirectory();
  const interest = isLink || entry.isFile() ? classify(directory, name, file) : "none";
  if (!isLink && !isFolder && interest === "none") {
    return undefined;
  }
  // Node writes the replacement character for bytes that are not UTF-8. No program can be told such a name.
  if (name.includes("\ufffd")) {
    return { kind: "problem", problem: { path: file, reason: "its name is not UTF-8: rename it" } };
  }
  if (isFolder) {
    return { kind: "folder", path: file };
  }
  if (!isLink && interest === "open") {
    return { kind: "file", file: { name, path: file, stamp: undefined } };
  }
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) {
      return { kind: "link", path: file };
    }
    return stats.isFile() && interest !== "none"
      ? { kind: "file", file: { name, path: file, stamp: stampOf(stats) } }
      : undefined;
  } catch (error) {
    const reason = isLink ? "a link to nowhere" : describeReadError(error);
    return { kind: "problem", problem: { path: file, reason } };
  }
}
