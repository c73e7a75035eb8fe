import { statSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { archiveKindOf, baseOf } from "../content-path.ts";
import { stampOf, type FileStamp } from "../file-stamp.ts";
import { patchesIn, toSoftPatch, type SoftPatch } from "../patch/soft-patch.ts";

/** The state of the files that a content file depends on. When it changes, the content file is read again. */
export interface SidecarState {
  /** Identifies the soft patches next to the file that may belong to it; empty without any. */
  readonly inFolder: string;
  /** The same for the folders inside an archive: patches for their members lie in folders of the same name next to the archive. */
  readonly folders: Readonly<Record<string, string>>;
  /** The files that a disc sheet names, relative to its folder. */
  readonly parts?: readonly string[] | undefined;
}

/** A file's soft patches, and the state of all its sidecar files. */
export interface Sidecars {
  readonly patches: readonly SoftPatch[];
  readonly state: SidecarState;
}

/** As the catalog stores it. Most files have only patches next to them, and their names contain no slash. */
export function encodeSidecars(state: SidecarState): string {
  return Object.keys(state.folders).length === 0 && state.parts === undefined
    ? state.inFolder
    : `/${JSON.stringify(state)}`;
}

function decodeSidecars(encoded: string): SidecarState {
  return encoded.startsWith("/")
    ? (JSON.parse(encoded.slice(1)) as SidecarState)
    : { inFolder: encoded, folders: {} };
}

/** The files that a disc sheet named when it was read; undefined when it was not read for them. */
export function partsIn(encoded: string): readonly string[] | undefined {
  return decodeSidecars(encoded).parts;
}

export interface StampedPatch extends SoftPatch {
  /** Name, size and time. */
  readonly stamp: string;
}

/** Undefined for a file that is not a soft patch. */
export function toStampedPatch(file: string, stamp: FileStamp | undefined): StampedPatch | undefined {
  const patch = toSoftPatch(file);
  const { sizeBytes = 0, mtimeMs = 0 } = stamp ?? {};
  return patch && { ...patch, stamp: `${path.posix.basename(file)}:${sizeBytes}:${mtimeMs}` };
}

/** The soft patches in a folder; none when there is no such folder. */
export function stampedPatchesIn(directory: string): StampedPatch[] {
  return patchesIn(directory).flatMap(({ path: file }) => {
    const stats = statSync(file, { throwIfNoEntry: false });
    return toStampedPatch(file, stats && stampOf(stats)) ?? [];
  });
}

/** One short text for any number of patches. */
export function sumOf(patches: readonly StampedPatch[]): string {
  const stamps = patches.map(({ stamp }) => stamp).sort();
  return stamps.length < 2 ? stamps.join("") : `${stamps.length}:${crc32(stamps.join("/"))}`;
}

const NONE: Sidecars = { patches: [], state: { inFolder: "", folders: {} } };

/**
 * Finds the sidecar files of the files in a folder.
 *
 * @param patches - The soft patches in the folder.
 * @param parts - The files that each disc sheet in the folder names, by the sheet's name.
 * @returns Takes a file, and its sidecars as the catalog stored them, if it did.
 */
export function createSidecarIndex(
  directory: string,
  patches: readonly StampedPatch[],
  parts: ReadonlyMap<string, readonly string[]>,
): (file: string, stored?: string) => Sidecars {
  // The members of an archive are not known yet, so each patch in the folder may belong to one.
  const all = toSidecars(patches);
  const sums = new Map<string, string>();
  const sumIn = (folder: string): string => {
    const sum = sums.get(folder) ?? sumOf(stampedPatchesIn(path.posix.join(directory, folder)));
    sums.set(folder, sum);
    return sum;
  };
  return (file, stored = "") => {
    if (archiveKindOf(file) === undefined) {
      const base = baseOf(file);
      const own =
        patches.length === 0 ? all : toSidecars(patches.filter((patch) => baseOf(patch.path) === base));
      const named = parts.size === 0 ? undefined : parts.get(path.posix.basename(file));
      return named === undefined ? own : { ...own, state: { ...own.state, parts: named } };
    }
    // The folders inside the archive, as they were when it was read.
    const folders = Object.keys(decodeSidecars(stored).folders);
    return folders.length === 0
      ? all
      : {
          ...all,
          state: { ...all.state, folders: Object.fromEntries(folders.map((name) => [name, sumIn(name)])) },
        };
  };
}

function toSidecars(patches: readonly StampedPatch[]): Sidecars {
  return patches.length === 0 ? NONE : { patches, state: { inFolder: sumOf(patches), folders: {} } };
}
