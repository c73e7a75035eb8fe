import path from "node:path";
import { crc32 } from "node:zlib";
import { bytesInMemory, type ContentBytes } from "../content-bytes.ts";
import { mayHaveHeader } from "../content-header.ts";
import { extensionOf, stemOf } from "../content-path.ts";
import { isDiscSheet, mayBeTrack } from "../disc-sheet.ts";
import { withPatches } from "./patched-content.ts";
import { NETPLAY_CRC_BYTES, type ReadContent, type ReadFile, type ReadOptions } from "./read-file.ts";
import { stampedPatchesIn, sumOf, type StampedPatch } from "./sidecar-files.ts";
import { packedMembers, type ArchiveListing, type ArchiveMember } from "../archive/zip-directory.ts";
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
  archive: string,
  { members: wanted = null, patches, patchedAs }: ReadOptions,
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
  const patchesIn = findFolders(archive, found);
  const contents = found.map((member) => {
    const own = patchedAs === "archive" ? undefined : patchesIn.get(folderOf(member));
    const all = own?.map(({ patch }) => patch) ?? patches;
    if (all === undefined || all.length === 0) {
      return toContent(member);
    }
    const patched = withPatches(toContent(member), stemFor(archive, member, patchedAs), all, () =>
      open(member),
    );
    problems.push(...patched.problems.map((problem) => `member ${member.name}: ${problem}`));
    return patched.content;
  });
  if (contents.length === 0 && problems.length === 0) {
    problems.push("holds nothing that a configured core takes");
  }
  return patchesIn.size === 0 ? { contents, problems } : { contents, problems, folders: toSums(patchesIn) };
}

/** RetroArch looks for a member's patches where the member would lie if the archive were unpacked on the spot. */
function stemFor(archive: string, member: ArchiveMember, patchedAs: ReadOptions["patchedAs"]): string {
  return patchedAs === "archive"
    ? stemOf(archive)
    : path.posix.join(path.posix.dirname(archive), stemOf(member.name));
}

/** Ends with a slash; empty when the member is in no folder. */
function folderOf({ name }: ArchiveMember): string {
  return name.slice(0, name.lastIndexOf("/") + 1);
}

/** The soft patches in folders next to the archive that are named like folders inside it. */
function findFolders(
  archive: string,
  members: readonly ArchiveMember[],
): ReadonlyMap<string, readonly StampedPatch[]> {
  const folders = new Set(members.map(folderOf));
  folders.delete("");
  const place = path.posix.dirname(archive);
  return new Map([...folders].map((folder) => [folder, stampedPatchesIn(path.posix.join(place, folder))]));
}

function toSums(found: ReadonlyMap<string, readonly StampedPatch[]>): Readonly<Record<string, string>> {
  return Object.fromEntries([...found].map(([folder, patches]) => [folder, sumOf(patches)]));
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
  let packed: ReturnType<typeof packedMembers> | undefined;
  return ({ name }) => {
    packed ??= packedMembers(fd, archiveBytes);
    const member = packed.get(name);
    const bytes = member === undefined ? undefined : readZipMember(fd, member, MAX_PATCHED_MEMBER_BYTES);
    return bytes === undefined ? undefined : bytesInMemory(bytes);
  };
}

/** Stands for the bytes of an archive that was not read. */
export function fingerprintOf(listing: ArchiveListing): number {
  const members = listing.members.map(({ name, sizeBytes, crc }) => `${name}\0${sizeBytes}\0${crc}`);
  return crc32([...members, ...listing.problems].join("\n"));
}
