import { statSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { archiveKindOf, baseOf } from "../content-path.ts";
import { stampOf, type FileStamp } from "../file-stamp.ts";
import { patchesIn, toSoftPatch, type SoftPatch } from "../patch/soft-patch.ts";

/** What entries depend on besides their file: when it changes, the file is read again. */
export interface Surroundings {
  /** Stands for the soft patches in the file's folder that may be its own; empty without one. */
  readonly beside: string;
  /** Of an archive with folders inside: those that lead to contents, and the same for the soft patches in their namesakes beside it. */
  readonly folders: Readonly<Record<string, string>>;
  /** Of a disc's sheet: the files that it names, relative to its folder. */
  readonly parts?: readonly string[] | undefined;
}

/** As the catalog keeps it: most files have nothing but patches beside them, whose names have no slash. */
export function encodeSurroundings(surroundings: Surroundings): string {
  return Object.keys(surroundings.folders).length === 0 && surroundings.parts === undefined
    ? surroundings.beside
    : `/${JSON.stringify(surroundings)}`;
}

/** The folders inside an archive, as they were when it was read. */
function foldersIn(encoded: string): string[] {
  return Object.keys(decodeSurroundings(encoded).folders);
}

/** The files that a disc's sheet named when it was read; undefined when it was not read for them. */
export function partsIn(encoded: string): readonly string[] | undefined {
  return decodeSurroundings(encoded).parts;
}

function decodeSurroundings(encoded: string): Surroundings {
  return encoded.startsWith("/")
    ? (JSON.parse(encoded.slice(1)) as Surroundings)
    : { beside: encoded, folders: {} };
}

export interface StampedPatch {
  readonly patch: SoftPatch;
  /** Name, size and time. */
  readonly stamp: string;
}

/** Undefined for a file that is no soft patch. */
export function toStampedPatch(file: string, stamp: FileStamp | undefined): StampedPatch | undefined {
  const patch = toSoftPatch(file);
  const { sizeBytes = 0, mtimeMs = 0 } = stamp ?? {};
  return patch && { patch, stamp: `${path.posix.basename(file)}:${sizeBytes}:${mtimeMs}` };
}

/** The soft patches in a folder; none when there is no such folder. */
export function stampedPatchesIn(directory: string): StampedPatch[] {
  return patchesIn(directory).flatMap(({ path: file }) => {
    const stats = statSync(file, { throwIfNoEntry: false });
    return toStampedPatch(file, stats && stampOf(stats)) ?? [];
  });
}

/** One short text for any number of them. */
export function sumOf(patches: readonly StampedPatch[]): string {
  const stamps = patches.map(({ stamp }) => stamp).sort();
  return stamps.length < 2 ? stamps.join("") : `${stamps.length}:${crc32(stamps.join("/"))}`;
}

/** A file's soft patches, and all that its entries depend on besides it. */
export interface Beside {
  readonly patches: readonly SoftPatch[];
  readonly surroundings: Surroundings;
}

const NOTHING: Beside = { patches: [], surroundings: { beside: "", folders: {} } };

/**
 * Answers what the files of a folder depend on.
 *
 * @param patches - Those in the folder.
 * @param parts - What the sheets in the folder name, by the sheet's name.
 * @returns Takes a file and what the catalog remembers of its surroundings, if anything.
 */
export function createBesideFinder(
  directory: string,
  patches: readonly StampedPatch[],
  parts: ReadonlyMap<string, readonly string[]>,
): (file: string, known?: string) => Beside {
  // A member of an archive is patched by a file named after the member, which is not known yet: all may be its own.
  const all = toFound(patches);
  const sums = new Map<string, string>();
  const sumIn = (folder: string): string => {
    const sum = sums.get(folder) ?? sumOf(stampedPatchesIn(path.posix.join(directory, folder)));
    sums.set(folder, sum);
    return sum;
  };
  return (file, known) => {
    if (archiveKindOf(file) === undefined) {
      const base = baseOf(file);
      const own =
        patches.length === 0 ? all : toFound(patches.filter(({ patch }) => baseOf(patch.path) === base));
      const named = parts.size === 0 ? undefined : parts.get(path.posix.basename(file));
      return named === undefined ? own : { ...own, surroundings: { ...own.surroundings, parts: named } };
    }
    const folders = foldersIn(known ?? "");
    if (folders.length === 0) {
      return all;
    }
    const { beside } = all.surroundings;
    const sumsOfFolders = Object.fromEntries(folders.map((folder) => [folder, sumIn(folder)]));
    return { ...all, surroundings: { beside, folders: sumsOfFolders } };
  };
}

function toFound(patches: readonly StampedPatch[]): Beside {
  return patches.length === 0
    ? NOTHING
    : {
        patches: patches.map(({ patch }) => patch),
        surroundings: { beside: sumOf(patches), folders: {} },
      };
}
