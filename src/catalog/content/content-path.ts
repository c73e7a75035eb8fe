/** A content as RetroArch takes it: a file, or a member of an archive. */
export interface ContentPath {
  readonly path: string;
  /** Path inside the archive; null when the file itself is the content. */
  readonly member: string | null;
}

/** Where RetroArch splits `archive#member` (path_get_archive_delim): only behind the ending of an archive. */
const MEMBER_DELIMITER = /\.(?:zip|7z)#/i;

/** The content as an argument for RetroArch: the file, or `archive#member`. */
export function contentArgument(content: ContentPath): string {
  return content.member === null ? content.path : `${content.path}#${content.member}`;
}

/** Reads `file` or `archive#member`. */
export function parseContentPath(argument: string): ContentPath {
  const match = MEMBER_DELIMITER.exec(argument);
  if (match === null) {
    return { path: argument, member: null };
  }
  const at = match.index + match[0].length;
  return { path: argument.slice(0, at - 1), member: argument.slice(at) };
}

/** The file name without folders and without its last extension: what a netplay client calls the content. */
export function baseOf(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1, dotOf(file));
}

/** The path without the extension of its last part: where RetroArch looks for what belongs to a content. */
export function stemOf(file: string): string {
  return file.slice(0, dotOf(file));
}

/** The last extension in lower case, without its dot; empty when there is none. */
export function extensionOf(file: string): string {
  return file.slice(dotOf(file) + 1).toLowerCase();
}

/** Where the last extension begins; at the end when there is none, as in a name that begins with its only dot. */
function dotOf(file: string): number {
  const dot = file.lastIndexOf(".");
  return dot > file.lastIndexOf("/") + 1 ? dot : file.length;
}

export type ArchiveKind = "zip" | "7z";

/** Undefined for what RetroArch does not look into. */
export function archiveKindOf(file: string): ArchiveKind | undefined {
  const extension = extensionOf(file);
  return extension === "zip" || extension === "7z" ? extension : undefined;
}
