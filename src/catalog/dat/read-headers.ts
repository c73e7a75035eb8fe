import type { Database } from "better-sqlite3";
import { toCrc32, type Crc32 } from "../../shared/index.ts";
import { headerBytesOf, MAX_HEADER_BYTES, extensionOf, readMemberStarts } from "../content/index.ts";
import { inParallel } from "../in-parallel.ts";
import { crcAfterPrefix } from "./headerless-crc.ts";
import { HEADER_UNREAD } from "../store/index.ts";

const BATCH = 1000;

interface UnreadMember {
  readonly id: number;
  readonly path: string;
  readonly member: string;
  readonly sizeBytes: number;
  readonly wholeCrc: number;
}

/**
 * DATs list contents without the header of a copier or an emulator, but the directory of an archive has the CRC with the header.
 * For members that no DAT knows by that CRC, this reads the header and computes the CRC of the rest. Of a zip, only the first
 * bytes are read.
 *
 * @param signal - Ends it; results up to then are kept.
 */
export async function readHeaders(database: Database, signal: AbortSignal | undefined): Promise<void> {
  const unread = database.prepare<[number], UnreadMember>(
    `SELECT e.id, e.path, e.member, e.size_bytes AS sizeBytes, e.whole_crc AS wholeCrc FROM entries e
     WHERE e.named = 0 AND e.headerless_crc = ${HEADER_UNREAD} AND e.missing = 0 AND e.member <> ''
       AND EXISTS (SELECT 1 FROM dats WHERE complete = 1)
       AND NOT EXISTS (SELECT 1 FROM roms r WHERE r.crc = e.whole_crc)
     ORDER BY e.id LIMIT ?`,
  );
  const set = database.prepare<[number | null, number]>("UPDATE entries SET headerless_crc = ? WHERE id = ?");
  const store = database.transaction((found: readonly (readonly [UnreadMember, Crc32 | null])[]) => {
    for (const [{ id }, crc] of found) {
      set.run(crc, id);
    }
  });
  for (;;) {
    const archives = groupByPath(unread.all(BATCH));
    if (archives.size === 0 || signal?.aborted === true) {
      return;
    }
    await inParallel([...archives], signal, async (archive) => {
      const found = await readArchive(...archive);
      await new Promise(setImmediate);
      // Ctrl-C ends the unpacking program as well. Members that it did not reach must not be stored as having no header.
      if (signal?.aborted !== true) {
        store.immediate(found);
      }
    });
  }
}

function groupByPath(members: readonly UnreadMember[]): ReadonlyMap<string, readonly UnreadMember[]> {
  const groups = new Map<string, UnreadMember[]>();
  for (const member of members) {
    const group = groups.get(member.path) ?? [];
    group.push(member);
    groups.set(member.path, group);
  }
  return groups;
}

async function readArchive(
  archive: string,
  members: readonly UnreadMember[],
): Promise<(readonly [UnreadMember, Crc32 | null])[]> {
  const names = members.map(({ member }) => member);
  const starts = await readMemberStarts(archive, names, MAX_HEADER_BYTES);
  return members.map((member) => [member, headerlessCrc(member, starts.get(member.member))]);
}

/** Null when there is no header, or none to be seen. */
function headerlessCrc(
  { member, sizeBytes, wholeCrc }: UnreadMember,
  start: Uint8Array | undefined,
): Crc32 | null {
  const headerBytes = start === undefined ? 0 : headerBytesOf(extensionOf(member), start, sizeBytes);
  return start === undefined || headerBytes === 0 || start.length < headerBytes
    ? null
    : crcAfterPrefix(toCrc32(wholeCrc), start.subarray(0, headerBytes), sizeBytes - headerBytes);
}
