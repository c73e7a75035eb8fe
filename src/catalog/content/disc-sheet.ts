import path from "node:path";
import { extensionOf, stemOf } from "./content-path.ts";

type SheetKind = "cue" | "toc" | "gdi" | "ccd" | "m3u";

const KINDS: readonly string[] = ["cue", "toc", "gdi", "ccd", "m3u"] satisfies SheetKind[];
/** What may be a track of a disc. */
const TRACK_EXTENSIONS = ["bin", "img", "iso", "sub", "raw", "wav", "ogg", "mp3", "flac", "ape"];

/** The file is a text that names the files of a disc, or the discs of a game. */
export function isDiscSheet(file: string): boolean {
  return KINDS.includes(extensionOf(file));
}

export function mayBeTrack(file: string): boolean {
  return TRACK_EXTENSIONS.includes(extensionOf(file));
}

/** The files that a sheet names, by path. */
export function partsOf(sheet: string, text: string): string[] {
  const names = namesIn(extensionOf(sheet) as SheetKind, text.replace(/^\ufeff/, ""), sheet);
  const folder = path.posix.dirname(sheet);
  // Cores take the backslashes of sheets that were written on Windows.
  return [...new Set(names.map((name) => path.posix.resolve(folder, name.replaceAll("\\", "/"))))];
}

/**
 * The tracks among the parts of a sheet: tracks are not games. The discs that an .m3u playlist names are games, since RetroArch
 * also loads each disc alone.
 */
export function tracksOf(sheet: string, parts: readonly string[]): readonly string[] {
  return extensionOf(sheet) === "m3u" ? [] : parts;
}

function namesIn(kind: SheetKind, text: string, sheet: string): string[] {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim());
  switch (kind) {
    case "cue":
      return lines.flatMap((line) => nameIn(/^FILE\s+(?:"([^"]*)"|(\S+))/i.exec(line)));
    case "toc":
      return lines.flatMap((line) => nameIn(/^(?:FILE|AUDIOFILE|DATAFILE)\s+"([^"]*)"/i.exec(line)));
    case "gdi":
      return lines.flatMap((line) => nameIn(/^\d+\s+\d+\s+\d+\s+\d+\s+(?:"([^"]*)"|(\S+))/.exec(line)));
    case "ccd":
      return [`${path.posix.basename(stemOf(sheet))}.img`];
    case "m3u":
      return lines.filter((line) => line !== "" && !line.startsWith("#")).map(discOf);
  }
}

function nameIn(match: RegExpExecArray | null): string[] {
  const name = match?.[1] ?? match?.[2] ?? "";
  return name === "" ? [] : [name];
}

/** `path|label`, or a member of an archive; then the archive has to exist. */
function discOf(line: string): string {
  return line.replace(/\|[^|]*$/, "").replace(/(\.(?:zip|7z))#.*$/i, "$1");
}
