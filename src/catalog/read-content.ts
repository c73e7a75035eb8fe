import { closeSync, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { crc32 } from "node:zlib";
import { describeError, fail, hasErrorCode, ok, toCrc32, type Crc32, type Result } from "../shared/index.ts";
import { archiveKindOf, baseOf, extensionOf } from "./content-path.ts";
import { headerBytesOf } from "./content-header.ts";
import type { Reading } from "./plan-hosting.ts";
import { patchedCrc, patchesFor, type SoftPatch } from "./soft-patch.ts";
import { listZip, type ArchiveListing } from "./zip-directory.ts";

/** RetroArch takes the CRC of at most this much of a file on disk. */
export const NETPLAY_CRC_BYTES = 64 * 1024 * 1024;

/** One content of a file. */
export interface ReadContent {
  /** Path inside the archive; null for the file itself. */
  readonly member: string | null;
  readonly sizeBytes: number;
  /** As announced by a core that gets the content in memory, soft patch applied; null when that cannot be known. */
  readonly crc: Crc32 | null;
  /** As announced by a core that opens the file itself (`needs_fullpath`). */
  readonly fullPathCrc: Crc32;
  readonly wholeCrc: Crc32;
  /** Without the header of a copier or an emulator; null when there is none. */
  readonly headerlessCrc: Crc32 | null;
}

/** What reading a file found. */
export interface ReadFile {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** The same for the same bytes, wherever the file lies. */
  readonly fingerprint: number;
  readonly contents: readonly ReadContent[];
  /** One line for each thing that cannot be hosted. */
  readonly problems: readonly string[];
}

export interface ReadOptions extends Reading {
  /** Soft patches in the file's folder. */
  readonly patches?: readonly SoftPatch[] | undefined;
}

/** 256 KiB: in the processor's cache while its CRC is computed. One for the thread, reading is synchronous. */
const buffer = Buffer.allocUnsafeSlow(256 * 1024);

/**
 * Reads what a scan has to know of a file, each byte once and never more than a buffer of it in memory. Blocks its
 * thread. A file that changes while it is read is refused.
 */
export function readContent(file: string, options: ReadOptions): Result<ReadFile, string> {
  let fd;
  try {
    fd = openSync(file, "r");
    return readOpened(fd, file, options);
  } catch (error) {
    return fail(describeReadError(error));
  } finally {
    if (fd !== undefined) {
      closeSync(fd);
    }
  }
}

/** The usual obstacles in words; everything else as the system says it. */
export function describeReadError(error: unknown): string {
  if (hasErrorCode(error, "EACCES", "EPERM")) {
    return "may not be read: check its permissions";
  }
  return hasErrorCode(error, "ENOENT") ? "no such file" : describeError(error);
}

function readOpened(fd: number, file: string, options: ReadOptions): Result<ReadFile, string> {
  const before = fstatSync(fd);
  if (!before.isFile()) {
    return fail("not a regular file");
  }
  const contents: ReadContent[] = [];
  const problems: string[] = [];
  let listing: ArchiveListing | undefined;
  if (options.members !== undefined && archiveKindOf(file) === "zip") {
    listing = listOrComplain(fd, before.size);
    const inside = contentsOf(listing, options);
    contents.push(...inside.contents);
    problems.push(...inside.problems);
  }
  let fingerprint = listing === undefined ? 0 : fingerprintOf(listing);
  const isRead = options.whole || listing === undefined;
  if (isRead) {
    const whole = readWhole(fd, file, before.size);
    fingerprint = whole.wholeCrc;
    if (options.whole) {
      const patched = withPatch(whole, baseOf(file), options.patches, fd);
      contents.push(patched.content);
      problems.push(...patched.problems);
    }
  }
  if (isRead && hasChanged(fd, before)) {
    return fail("changed while it was read: scan again when it is complete");
  }
  const { size: sizeBytes, mtimeMs } = before;
  return ok({ sizeBytes, mtimeMs, fingerprint, contents, problems });
}

/** Not asked after a look at an archive's directory: the next scan sees the change as well, by the size and time from before. */
function hasChanged(fd: number, before: Stats): boolean {
  const after = fstatSync(fd);
  return after.size !== before.size || after.mtimeMs !== before.mtimeMs;
}

/** A broken archive is remembered as such, and not opened again until it changes. */
function listOrComplain(fd: number, sizeBytes: number): ArchiveListing {
  const listed = listZip(fd, sizeBytes);
  return listed.ok ? listed.value : { members: [], problems: [listed.reason] };
}

/** The members with a wanted extension, and one line for each thing that cannot be used. */
export function contentsOf(
  listing: ArchiveListing,
  { members: wanted = null, patches }: ReadOptions,
): Pick<ReadFile, "contents" | "problems"> {
  const problems = [...listing.problems];
  const contents = listing.members
    .filter(({ name }) => wanted === null || wanted.includes(extensionOf(name)))
    .map(({ name, sizeBytes, crc }) => {
      const content = { member: name, sizeBytes, crc, fullPathCrc: crc, wholeCrc: crc, headerlessCrc: null };
      const patched = withPatch(content, baseOf(name), patches, undefined);
      problems.push(...patched.problems);
      return patched.content;
    });
  if (contents.length === 0 && problems.length === 0) {
    problems.push("holds nothing that a configured core takes");
  }
  return { contents, problems };
}

function withPatch(
  content: ReadContent,
  base: string,
  patches: readonly SoftPatch[] | undefined,
  fd: number | undefined,
): { content: ReadContent; problems: readonly string[] } {
  const own = patchesFor(patches ?? [], base);
  if (own.length === 0) {
    return { content, problems: [] };
  }
  const { wholeCrc, sizeBytes } = content;
  const patched = patchedCrc(own, { wholeCrc, sizeBytes, fd });
  return patched.ok
    ? { content: { ...content, crc: patched.value }, problems: [] }
    : { content: { ...content, crc: null }, problems: [patched.reason] };
}

/** Stands for the bytes of an archive that was not read. */
export function fingerprintOf(listing: ArchiveListing): number {
  return crc32(JSON.stringify([listing.members, listing.problems]));
}

function readWhole(fd: number, file: string, sizeBytes: number): ReadContent {
  let whole = 0;
  let first: number | undefined;
  let headerless: number | undefined;
  let position = 0;
  while (position < sizeBytes) {
    // No chunk lies across the end of the first 64 MiB.
    const toLimit = position < NETPLAY_CRC_BYTES ? NETPLAY_CRC_BYTES - position : buffer.length;
    const length = readSync(fd, buffer, 0, Math.min(buffer.length, toLimit, sizeBytes - position), position);
    if (length === 0) {
      break;
    }
    const chunk = buffer.subarray(0, length);
    if (position === 0) {
      const headerBytes = headerBytesOf(extensionOf(file), chunk, sizeBytes);
      headerless = headerBytes === 0 ? undefined : crc32(chunk.subarray(headerBytes));
    } else if (headerless !== undefined) {
      headerless = crc32(chunk, headerless);
    }
    whole = crc32(chunk, whole);
    position += length;
    if (position >= NETPLAY_CRC_BYTES) {
      first ??= whole;
    }
  }
  const crc = toCrc32(first ?? whole);
  return {
    member: null,
    sizeBytes: position,
    crc,
    fullPathCrc: crc,
    wholeCrc: toCrc32(whole),
    headerlessCrc: headerless === undefined ? null : toCrc32(headerless),
  };
}
