import path from "node:path";
import { crc32 } from "node:zlib";
import { bytesInMemory, type ContentBytes } from "../content-bytes.ts";
import { mayHaveHeader } from "../content-header.ts";
import { extensionOf, stemOf } from "../content-path.ts";
import { isDiscSheet, mayBeTrack } from "../disc-sheet.ts";
import { withPatches } from "./patched-content.ts";
import { NETPLAY_CRC_BYTES, type ReadContent, type ReadFile, type ReadJob } from "./read-file.ts";
import { stampedPatchesIn, sumOf } from "./sidecar-files.ts";
import { usableMembers, type ArchiveListing, type ArchiveMember } from "../archive/zip-directory.ts";
import { readZipMember } from "../archive/zip-member.ts";

/** A larger member is not unpacked into memory for a patch. */
const MAX_PATCHED_MEMBER_BYTES = 64 * 1024 * 1024;

/**
 * The members with a wanted extension, and one line for each thing that cannot be used.
 *
 * @param open - Unpacks a member that has a patch; undefined when that cannot be done.
 */
export function contentsOf(
  listing: ArchiveListing,
  { path: archive, members: wanted = null, patches = [], patchedAs }: ReadJob,
  open: (member: ArchiveMember) => ContentBytes | undefined,
): Pick<ReadFile, "contents" | "problems" | "folders"> {
  const problems = [...listing.problems];
  const isDisc = listing.members.some(({ name }) => isDiscSheet(name));
  if (isDisc) {
    problems.push("holds a disc of several files, of which RetroArch unpacks only one: unpack it");
  }
  const found = listing.members
    .filter(({ name }) => wanted === null || wanted.includes(extensionOf(name)))
    .filter(({ name }) => !isDisc || !(isDiscSheet(name) || mayBeTrack(name)));
  // RetroArch looks for a member's patches where the member would lie if the archive were unpacked on the spot.
  const place = path.posix.dirname(archive);
  const folders = new Set(found.map(folderOf).filter((folder) => folder !== ""));
  const patchesIn = new Map(
    [...folders].map((folder) => [folder, stampedPatchesIn(path.posix.join(place, folder))]),
  );
  const contents = found.map((member) => {
    const isAlone = patchedAs === "archive";
    const all = isAlone ? patches : (patchesIn.get(folderOf(member)) ?? patches);
    if (all.length === 0) {
      return toContent(member);
    }
    const stem = isAlone ? stemOf(archive) : path.posix.join(place, stemOf(member.name));
    const patched = withPatches(toContent(member), stem, all, () => open(member));
    problems.push(...patched.problems.map((problem) => `member ${member.name}: ${problem}`));
    return patched.content;
  });
  if (contents.length === 0 && problems.length === 0) {
    problems.push("holds nothing that a configured core takes");
  }
  if (patchesIn.size === 0) {
    return { contents, problems };
  }
  const sums = [...patchesIn].map(([folder, own]) => [folder, sumOf(own)] as const);
  return { contents, problems, folders: Object.fromEntries(sums) };
}

/** Ends with a slash; empty when the member is in no folder. */
function folderOf({ name }: ArchiveMember): string {
  return name.slice(0, name.lastIndexOf("/") + 1);
}

/** A core that opens files itself gets the member as an unpacked file, whose CRC covers the first 64 MiB only. */
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

/** Unpacks members of a zip; the zip's directory is read for the first one. Undefined when a member is too large or cannot be unpacked. */
export function zipMemberOpener(
  fd: number,
  archiveBytes: number,
): (member: ArchiveMember) => ContentBytes | undefined {
  let usable: ReturnType<typeof usableMembers> | undefined;
  return ({ name }) => {
    usable ??= usableMembers(fd, archiveBytes);
    const member = usable.get(name);
    const bytes = member && readZipMember(fd, member, MAX_PATCHED_MEMBER_BYTES);
    return bytes && bytesInMemory(bytes);
  };
}

/** Stands for the bytes of an archive that was not read. */
export function fingerprintOf(listing: ArchiveListing): number {
  const members = listing.members.map(({ name, sizeBytes, crc }) => `${name}\0${sizeBytes}\0${crc}`);
  return crc32([...members, ...listing.problems].join("\n"));
}
