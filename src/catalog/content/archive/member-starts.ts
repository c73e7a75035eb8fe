import { closeSync, fstatSync, openSync } from "node:fs";
import { crc32 } from "node:zlib";
import { streamProgram } from "../../../processes/index.ts";
import { archiveKindOf } from "../content-path.ts";
import { listSevenZip, SEVEN_ZIP_PROGRAMS } from "./list-seven-zip.ts";
import { packedMembers, type ArchiveMember } from "./zip-directory.ts";
import { readZipMemberStart } from "./zip-member.ts";

/** The first bytes of members, by name; those that cannot be unpacked are left out. */
export type MemberStarts = ReadonlyMap<string, Uint8Array>;

const UNPACKING_TIMEOUT_MS = 600_000;

const NONE: MemberStarts = new Map();

/**
 * Unpacks the first bytes of an archive's members. Of a zip only those are read; a .7z is packed as a whole and has to be unpacked
 * as a whole.
 */
export async function readMemberStarts(
  archive: string,
  members: readonly string[],
  length: number,
): Promise<MemberStarts> {
  return archiveKindOf(archive) === "7z"
    ? startsInSevenZip(archive, length)
    : startsInZip(archive, members, length);
}

function startsInZip(archive: string, members: readonly string[], length: number): MemberStarts {
  let fd: number | undefined;
  try {
    const opened = (fd = openSync(archive, "r"));
    const packed = packedMembers(opened, fstatSync(opened).size);
    const starts = members.map((name) => {
      const found = packed.get(name);
      return [name, found === undefined ? undefined : readZipMemberStart(opened, found, length)] as const;
    });
    return new Map(starts.flatMap(([name, start]) => (start === undefined ? [] : [[name, start]])));
  } catch {
    return NONE;
  } finally {
    if (fd !== undefined) {
      closeSync(fd);
    }
  }
}

async function startsInSevenZip(archive: string, length: number): Promise<MemberStarts> {
  const listing = await listSevenZip(archive);
  if (!listing.ok || listing.value.problems.length > 0) {
    return NONE;
  }
  for (const program of SEVEN_ZIP_PROGRAMS) {
    const starts = await unpack(program, archive, listing.value.members, length);
    if (starts !== "not-installed") {
      return starts;
    }
  }
  return NONE;
}

/** All members come in one stream, in the order of the list. */
async function unpack(
  program: string,
  archive: string,
  members: readonly ArchiveMember[],
  length: number,
): Promise<MemberStarts | "not-installed"> {
  const splitter = createMemberSplitter(members, length);
  const ended = await streamProgram(program, ["x", "-so", "-spd", "-p", "--", archive], {
    timeoutMs: UNPACKING_TIMEOUT_MS,
    onOutput: (chunk) => {
      splitter.write(chunk);
      return true;
    },
  });
  return ended.ok ? splitter.starts : "not-installed";
}

/** Splits the stream into members and keeps the start of each member whose CRC matches the list. */
function createMemberSplitter(
  members: readonly ArchiveMember[],
  length: number,
): { readonly starts: MemberStarts; readonly write: (chunk: Buffer) => void } {
  const starts = new Map<string, Buffer>();
  const waiting = members.filter(({ sizeBytes }) => sizeBytes > 0);
  let done = 0;
  let crc = 0;
  let start = Buffer.alloc(0);
  const write = (chunk: Buffer): void => {
    for (let [member] = waiting, at = 0; member !== undefined && at < chunk.length; [member] = waiting) {
      const part = chunk.subarray(at, at + member.sizeBytes - done);
      start = Buffer.concat([start, part.subarray(0, length - start.length)]);
      crc = crc32(part, crc);
      done += part.length;
      at += part.length;
      if (done < member.sizeBytes) {
        return;
      }
      if (crc === member.crc) {
        starts.set(member.name, start);
      }
      waiting.shift();
      [done, crc, start] = [0, 0, Buffer.alloc(0)];
    }
  };
  return { starts, write };
}
