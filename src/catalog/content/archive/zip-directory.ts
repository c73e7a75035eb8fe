import { readSync } from "node:fs";
import { fromRandomAccessReader, RandomAccessReader, type Entry, type ZipFile } from "yauzl";
import { describeError, fail, ok, toCrc32, type Crc32, type Result } from "../../../shared/index.ts";
import { readZipTail, type ZipRecord } from "./zip-tail.ts";

/** A member as the directory of an archive describes it. */
export interface ArchiveMember {
  /** Path inside the archive, as RetroArch has to be told. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly crc: Crc32;
}

/** What an archive holds, and one line for each member that cannot be used. */
export interface ArchiveListing {
  readonly members: readonly ArchiveMember[];
  readonly problems: readonly string[];
}

/** As many as fit into a zip without zip64. A game has a few, a collection some thousands; more are not listed, of no kind of archive. */
export const MAX_MEMBERS = 65_535;
/** Of their names and what else the directory says of them. */
const MAX_DIRECTORY_BYTES = 32 * 1024 * 1024;
/** What an archive that is too large says instead of its members. */
export const TOO_MANY_MEMBERS = `holds more than ${MAX_MEMBERS} members, or names that take more than ${MAX_DIRECTORY_BYTES / 1024 / 1024} MiB: split it into several archives`;

/** Deflate reaches at most 1032 to 1: a directory that claims more is wrong, or the zip is a bomb. */
export const MAX_RATIO = 1032;
/** A small member may have a higher ratio and be valid. */
const RATIO_MATTERS_FROM_BYTES = 1 << 20;
const ENCRYPTED = 1;

/**
 * Lists a zip from its directory; nothing is inflated. Synchronous, because a turn of the event loop costs more than the read.
 */
export function listZip(fd: number, sizeBytes: number): Result<ArchiveListing, string> {
  try {
    const records = readRecords(fd, sizeBytes);
    return records === undefined ? fail(TOO_MANY_MEMBERS) : ok(inspect(records, sizeBytes));
  } catch (error) {
    return fail(`not a usable zip: ${firstSentence(describeError(error))}`);
  }
}

/** yauzl reads 64 KiB of every zip. For a small zip that takes longer than everything else. Undefined: too many members. */
function readRecords(fd: number, sizeBytes: number): readonly ZipRecord[] | undefined {
  return readZipTail(fd, sizeBytes) ?? readEntries(open(fd, sizeBytes));
}

/** The usable members by name. @throws Error when the zip cannot be read. */
export function usableMembers(fd: number, sizeBytes: number): ReadonlyMap<string, ZipRecord> {
  const usable = new Map<string, ZipRecord>();
  for (const entry of readRecords(fd, sizeBytes) ?? []) {
    const name = usableName(entry);
    if (name.ok) {
      usable.set(name.value, entry);
    }
  }
  return usable;
}

/** Reads synchronously: yauzl's callbacks run before the call returns. */
class SyncReader extends RandomAccessReader {
  readonly #fd: number;

  constructor(fd: number) {
    super();
    this.#fd = fd;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    let error: Error | null = null;
    try {
      const done = readSync(this.#fd, buffer, offset, length, position);
      error = done === length ? null : new Error("unexpected end of file");
    } catch (thrown) {
      error = thrown instanceof Error ? thrown : new Error(String(thrown));
    }
    callback(error);
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null);
  }
}

function open(fd: number, sizeBytes: number): ZipFile {
  const results: { error: Error | null; zip: ZipFile | undefined }[] = [];
  // Names stay bytes: RetroArch compares bytes and knows nothing of the code page that a zip may be written in.
  const options = { lazyEntries: true, decodeStrings: false, autoClose: false, validateEntrySizes: false };
  fromRandomAccessReader(new SyncReader(fd), sizeBytes, options, (error, zip) => {
    results.push({ error, zip });
  });
  const [result] = results;
  if (result?.zip === undefined) {
    throw result?.error ?? new Error("unreadable");
  }
  return result.zip;
}

/** Undefined when there are too many. */
function readEntries(zip: ZipFile): Entry[] | undefined {
  if (zip.entryCount > MAX_MEMBERS) {
    return undefined;
  }
  let directoryBytes = 0;
  const entries: Entry[] = [];
  const failures: Error[] = [];
  zip.on("entry", (entry: Entry) => {
    directoryBytes += entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
    entries.push(entry);
  });
  zip.on("error", (error: Error) => failures.push(error));
  for (let index = 0; index < zip.entryCount; index++) {
    zip.readEntry();
    if (failures[0] !== undefined) {
      throw failures[0];
    }
    if (directoryBytes > MAX_DIRECTORY_BYTES) {
      return undefined;
    }
  }
  return entries;
}

function inspect(entries: readonly ZipRecord[], archiveBytes: number): ArchiveListing {
  const members: ArchiveMember[] = [];
  const problems: string[] = [];
  let packedBytes = 0;
  for (const entry of entries) {
    packedBytes += entry.compressedSize;
    if (packedBytes > archiveBytes) {
      throw new Error("its members overlap: a zip bomb");
    }
    const name = usableName(entry);
    if (!name.ok) {
      problems.push(`member ${name.reason}`);
    } else if (!name.value.endsWith("/")) {
      members.push({ name: name.value, sizeBytes: entry.uncompressedSize, crc: toCrc32(entry.crc32) });
    }
  }
  return { members, problems };
}

/** The name of a member, or why the member cannot be used. */
function usableName(entry: ZipRecord): Result<string, string> {
  const { fileNameRaw, generalPurposeBitFlag, compressedSize, uncompressedSize } = entry;
  const name = fileNameRaw.toString("utf8");
  if (name.includes("\ufffd") && !Buffer.from(name, "utf8").equals(fileNameRaw)) {
    return fail(
      `${fileNameRaw.toString("latin1")}: its name is not UTF-8, so RetroArch cannot be told to open it: rename it in the archive`,
    );
  }
  if (isUnsafeMemberName(name)) {
    return fail(`${name}: its name leads out of the archive`);
  }
  if ((generalPurposeBitFlag & ENCRYPTED) !== 0) {
    return fail(`${name}: it is encrypted`);
  }
  if (uncompressedSize > RATIO_MATTERS_FROM_BYTES && uncompressedSize > compressedSize * MAX_RATIO) {
    return fail(
      `${name}: it claims to unpack from ${compressedSize} to ${uncompressedSize} bytes, which no zip does: a zip bomb`,
    );
  }
  return ok(name);
}

/** Absolute, or with a `..` in it: a host that unpacks it would write outside its own folder. */
export function isUnsafeMemberName(name: string): boolean {
  return /^[/\\]|^[a-z]:|\0/i.test(name) || name.split(/[/\\]/).includes("..");
}

/** yauzl explains at length; the first sentence says what is wrong. */
function firstSentence(message: string): string {
  return message.split(/(?<=[a-z]{3})\. /)[0] ?? message;
}
