import { crc32 } from "node:zlib";
import { streamProgram } from "../../../processes/index.ts";
import { archiveKindOf } from "../content-path.ts";
import { withFile } from "../with-file.ts";
import { listSevenZip, withSevenZip } from "./list-seven-zip.ts";
import { usableMembers, type ArchiveMember } from "./zip-directory.ts";
import { readZipMemberStart } from "./zip-member.ts";

/** The first bytes of members, by name; those that cannot be unpacked are left out. */
export type MemberStarts = ReadonlyMap<string, Uint8Array>;

const UNPACKING_TIMEOUT_MS = 600_000;

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
  const starts = new Map<string, Uint8Array>();
  try {
    withFile(archive, (fd, { size }) => {
      const usable = usableMembers(fd, size);
      for (const name of members) {
        const member = usable.get(name);
        const start = member && readZipMemberStart(fd, member, length);
        if (start !== undefined) {
          starts.set(name, start);
        }
      }
    });
  } catch {
    starts.clear();
  }
  return starts;
}

async function startsInSevenZip(archive: string, length: number): Promise<MemberStarts> {
  const listing = await listSevenZip(archive);
  const starts =
    listing.ok && listing.value.problems.length === 0
      ? await withSevenZip((program) => unpack(program, archive, listing.value.members, length))
      : undefined;
  return starts ?? new Map();
}

/** All members come in one stream, in the order of the list. */
async function unpack(
  program: string,
  archive: string,
  members: readonly ArchiveMember[],
  length: number,
): Promise<MemberStarts | undefined> {
  const splitter = createMemberSplitter(members, length);
  const ended = await streamProgram(program, ["x", "-so", "-spd", "-p", "--", archive], {
    timeoutMs: UNPACKING_TIMEOUT_MS,
    onOutput: (chunk) => {
      splitter.write(chunk);
      return true;
    },
  });
  return ended.ok ? splitter.starts : undefined;
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
