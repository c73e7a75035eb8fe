import { closeSync, existsSync, fstatSync, openSync, readSync, type Stats } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { describeError, fail, hasErrorCode, ok, toCrc32, type Crc32, type Result } from "../shared/index.ts";
import { bytesInMemory, type ContentBytes } from "./content-bytes.ts";
import { archiveKindOf, extensionOf, stemOf } from "./content-path.ts";
import { headerBytesOf, mayHaveHeader } from "./content-header.ts";
import { isDiscSheet, mayBeTrack, partsOf } from "./disc-sheet.ts";
import { stampOf, type FileStamp } from "./file-stamp.ts";
import type { Reading } from "./plan-hosting.ts";
import { patchedCrc, patchesFor, type SoftPatch } from "./soft-patch.ts";
import { listZip, packedMembers, type ArchiveListing, type ArchiveMember } from "./zip-directory.ts";
import { readZipMember } from "./zip-member.ts";

/** RetroArch takes the CRC of at most this much of a file on disk. */
export const NETPLAY_CRC_BYTES = 64 * 1024 * 1024;

/** A larger member is not unpacked into memory for a patch. */
const MAX_PATCHED_MEMBER_BYTES = 64 * 1024 * 1024;

/** One content of a file. */
export interface ReadContent {
  /** Path inside the archive; null for the file itself. */
  readonly member: string | null;
  readonly sizeBytes: number;
  /** As announced by a core that gets the content in memory, soft patches applied; null when only a host can tell. */
  readonly crc: Crc32 | null;
  /** As announced by a core that opens the file itself (`needs_fullpath`); null when only a host can tell. */
  readonly fullPathCrc: Crc32 | null;
  readonly wholeCrc: Crc32;
  /** Without the header of a copier or an emulator; null when there is none, "unread" when nobody has looked. */
  readonly headerlessCrc: Crc32 | null | "unread";
  /** A host has the last word on the CRC: whether a core takes a patch is not always what its info file says. */
  readonly isGuess?: boolean | undefined;
  /** What it lacks, so that it will not start. */
  readonly problem?: string | undefined;
}

/** What reading a file found. */
export interface ReadFile {
  /** As the opened file had them. */
  readonly stamp: FileStamp;
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
    const inside = contentsOf(listing, file, options, memberOpener(fd, before.size));
    contents.push(...inside.contents);
    problems.push(...inside.problems);
  }
  let fingerprint = listing === undefined ? 0 : fingerprintOf(listing);
  const isRead = options.whole || listing === undefined;
  if (isRead) {
    const whole = judgeSheet(readWhole(fd, file, before.size), file);
    fingerprint = whole.wholeCrc;
    if (options.whole) {
      const read = (target: Buffer, position: number): number =>
        readSync(fd, target, 0, target.length, position);
      const patched = withPatches(whole, stemOf(file), options.patches, () => ({ ...whole, read }));
      contents.push(patched.content);
      problems.push(...patched.problems, ...(whole.problem === undefined ? [] : [whole.problem]));
    }
  }
  if (isRead && hasChanged(fd, before)) {
    return fail("changed while it was read: scan again when it is complete");
  }
  return ok({ stamp: stampOf(before), fingerprint, contents, problems });
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

/** A sheet that names files which are not there; its text is still in the buffer. */
function judgeSheet(content: ReadContent, file: string): ReadContent {
  if (!isDiscSheet(file) || content.sizeBytes > buffer.length) {
    return content;
  }
  const parts = partsOf(file, buffer.toString("utf8", 0, content.sizeBytes));
  const missing = parts.filter((part) => !existsSync(part)).map((part) => path.posix.basename(part));
  const [first] = missing;
  if (first === undefined) {
    return parts.length > 0 ? content : { ...content, problem: "names no file" };
  }
  const others = missing.length > 1 ? `${missing.length} files that are not there, among them ` : "";
  return { ...content, problem: `names ${others}${first}${others === "" ? ", which is not there" : ""}` };
}

/** Unpacks the members of a zip whose directory is read for the first of them. */
function memberOpener(fd: number, archiveBytes: number): (member: ArchiveMember) => ContentBytes | undefined {
  let packed: ReturnType<typeof packedMembers> | undefined;
  return ({ name }) => {
    packed ??= packedMembers(fd, archiveBytes);
    const member = packed.get(name);
    const bytes = member === undefined ? undefined : readZipMember(fd, member, MAX_PATCHED_MEMBER_BYTES);
    return bytes === undefined ? undefined : bytesInMemory(bytes);
  };
}

/**
 * The members with a wanted extension, and one line for each thing that cannot be used.
 *
 * @param open - Unpacks a member that has a patch; undefined when that cannot be done.
 */
export function contentsOf(
  listing: ArchiveListing,
  archive: string,
  { members: wanted = null, patches }: ReadOptions,
  open: (member: ArchiveMember) => ContentBytes | undefined,
): Pick<ReadFile, "contents" | "problems"> {
  const problems = [...listing.problems];
  const isDisc = listing.members.some(({ name }) => isDiscSheet(name));
  if (isDisc) {
    problems.push("holds a disc of several files, of which RetroArch unpacks only one: unpack it");
  }
  const contents = listing.members
    .filter(({ name }) => wanted === null || wanted.includes(extensionOf(name)))
    .filter(({ name }) => !isDisc || !(isDiscSheet(name) || mayBeTrack(name)))
    .map((member) => {
      if (patches === undefined || patches.length === 0) {
        return toContent(member);
      }
      const stem = path.posix.join(path.posix.dirname(archive), stemOf(member.name));
      const patched = withPatches(toContent(member), stem, patches, () => open(member));
      problems.push(...patched.problems.map((problem) => `member ${member.name}: ${problem}`));
      return patched.content;
    });
  if (contents.length === 0 && problems.length === 0) {
    problems.push("holds nothing that a configured core takes");
  }
  return { contents, problems };
}

/** A core that opens files itself gets the member unpacked into one, of which the CRC covers less. */
function toContent({ name, sizeBytes, crc }: ArchiveMember): ReadContent {
  return {
    member: name,
    sizeBytes,
    crc,
    fullPathCrc: sizeBytes > NETPLAY_CRC_BYTES ? null : crc,
    wholeCrc: crc,
    headerlessCrc: mayHaveHeader(extensionOf(name), sizeBytes) ? "unread" : null,
  };
}

/**
 * Whether a core that opens files itself sees a patch is its own affair: some take cartridges in memory all the same
 * (RetroArch calls it a content override). So its CRC is known only where the patch changes nothing.
 */
function withPatches(
  content: ReadContent,
  stem: string,
  patches: readonly SoftPatch[] | undefined,
  open: () => ContentBytes | undefined,
): { content: ReadContent; problems: readonly string[] } {
  const chain = patchesFor(patches ?? [], stem);
  if (chain.length === 0) {
    return { content, problems: [] };
  }
  const { wholeCrc, sizeBytes } = content;
  const patched = patchedCrc(chain, { crc: wholeCrc, sizeBytes, open });
  const crc = patched.ok ? patched.value : null;
  const fullPathCrc = content.fullPathCrc === crc ? crc : null;
  return {
    content: { ...content, crc, fullPathCrc, isGuess: crc !== content.crc },
    problems: patched.ok ? [] : [`${patched.reason}; netplayd catalog verify asks a host for the CRC`],
  };
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
