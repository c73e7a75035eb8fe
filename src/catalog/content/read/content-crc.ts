import { dirname } from "node:path";
import { fail, ok, type Crc32, type Result } from "../../../shared/index.ts";
import { readJob } from "./content-reader.ts";
import { archiveKindOf, baseOf, parseContentPath, type ContentPath } from "../content-path.ts";
import type { ReadContent, ReadJob } from "./read-file.ts";
import { patchesIn } from "../patch/soft-patch.ts";

export interface ContentCrcOptions {
  /** Extensions of the core, lower case, without dots: which member of an archive is the content. All when not given. */
  readonly extensions?: readonly string[] | undefined;
  /** The core takes archives as they are (sets of arcade games). */
  readonly archiveItself?: boolean | undefined;
  /** The core opens the file itself (`needs_fullpath`): it never sees a soft patch. */
  readonly needsFullPath?: boolean | undefined;
}

/** A content as a player's RetroArch announces it. */
export interface IdentifiedContent extends ContentPath {
  readonly crc: Crc32;
  /** Name of the file, or of the member when one was named, without its extension. */
  readonly base: string;
  readonly sizeBytes: number;
}

/**
 * Identifies a content by RetroArch's rule for netplay: the first 64 MiB of a file; of an archive the whole first member
 * by name with a known extension, from the archive's directory.
 *
 * @param argument - A file, or `archive#member`.
 * @returns Or a line for the operator.
 */
export async function contentCrc(
  argument: string,
  options: ContentCrcOptions = {},
): Promise<Result<IdentifiedContent, string>> {
  const { path, member } = parseContentPath(argument);
  const inside = archiveKindOf(path) !== undefined && options.archiveItself !== true;
  const patches = patchesIn(dirname(path));
  const job: ReadJob = inside
    ? {
        path,
        patches,
        patchedAs: member === null ? "archive" : "member",
        whole: false,
        members: member === null ? (options.extensions ?? null) : null,
      }
    : { path, patches, whole: true };
  const read = await readJob(job);
  if (!read.ok) {
    return fail(`${path}: ${read.reason}`);
  }
  const { contents } = read.value;
  const content =
    member === null ? contents.toSorted(byMember)[0] : contents.find((found) => found.member === member);
  if (content === undefined) {
    return fail(`${argument}: ${read.value.problems[0] ?? "there is no such member in the archive"}`);
  }
  const crc = options.needsFullPath === true ? content.fullPathCrc : content.crc;
  if (crc === null) {
    return fail(`${argument}: ${read.value.problems[0] ?? "its CRC cannot be known"}`);
  }
  const base = baseOf(member ?? path);
  return ok({ path, member: content.member, crc, base, sizeBytes: content.sizeBytes });
}

/** As RetroArch sorts them when it is given the archive alone. */
function byMember(a: ReadContent, b: ReadContent): number {
  return Buffer.compare(keyOf(a), keyOf(b));
}

function keyOf({ member }: ReadContent): Buffer {
  return Buffer.from((member ?? "").replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
}
