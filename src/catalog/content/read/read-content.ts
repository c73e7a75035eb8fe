import { existsSync, fstatSync, readSync, type Stats } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { fail, ok, toCrc32, type Result } from "../../../shared/index.ts";
import { contentsOf, fingerprintOf, zipMemberOpener } from "./archive-contents.ts";
import { archiveKindOf, extensionOf, stemOf } from "../content-path.ts";
import { headerBytesOf } from "../content-header.ts";
import { isDiscSheet, partsOf } from "../disc-sheet.ts";
import { stampOf } from "../file-stamp.ts";
import { withPatches } from "./patched-content.ts";
import { NETPLAY_CRC_BYTES, type ReadContent, type ReadFile, type ReadJob } from "./read-file.ts";
import { listZip, type ArchiveListing } from "../archive/zip-directory.ts";

/** 256 KiB: in the processor's cache while its CRC is computed. One for the thread, reading is synchronous. */
const buffer = Buffer.allocUnsafeSlow(256 * 1024);

/**
 * Reads what a scan has to know of an opened file: each byte once, with one buffer in memory. Blocks its thread. Refuses a file that
 * changes while it is read.
 *
 * @throws what the system says.
 */
export function readContent(fd: number, before: Stats, job: ReadJob): Result<ReadFile, string> {
  const file = job.path;
  if (!before.isFile()) {
    return fail("not a regular file");
  }
  let contents: readonly ReadContent[] = [];
  let problems: readonly string[] = [];
  let listing: ArchiveListing | undefined;
  let folders: ReadFile["folders"];
  if (job.members !== undefined && archiveKindOf(file) === "zip") {
    listing = listOrReport(fd, before.size);
    ({ contents, problems, folders } = contentsOf(listing, job, zipMemberOpener(fd, before.size)));
  }
  let fingerprint = listing === undefined ? 0 : fingerprintOf(listing);
  const isRead = job.whole || listing === undefined;
  if (isRead) {
    const whole = checkSheet(readWhole(fd, file, before.size), file);
    fingerprint = whole.wholeCrc;
    if (job.whole) {
      const read = (target: Buffer, position: number): number =>
        readSync(fd, target, 0, target.length, position);
      const patched = withPatches(whole, stemOf(file), job.patches, () => ({ ...whole, read }));
      contents = [...contents, patched.content];
      problems = [...problems, ...patched.problems, ...(whole.problem === undefined ? [] : [whole.problem])];
    }
  }
  if (isRead && hasChanged(fd, before)) {
    return fail("changed while it was read: scan again when it is complete");
  }
  return ok({ stamp: stampOf(before), fingerprint, contents, problems, folders });
}

/** Not used when only an archive's directory was read: the next scan sees the change by the size and time from before. */
function hasChanged(fd: number, before: Stats): boolean {
  const after = fstatSync(fd);
  return after.size !== before.size || after.mtimeMs !== before.mtimeMs;
}

/** A broken archive is stored with its problem, and not opened again until it changes. */
function listOrReport(fd: number, sizeBytes: number): ArchiveListing {
  const listed = listZip(fd, sizeBytes);
  return listed.ok ? listed.value : { members: [], problems: [listed.reason] };
}

/** Finds out whether the files exist that a sheet names; its text is still in the buffer. */
function checkSheet(content: ReadContent, file: string): ReadContent {
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
