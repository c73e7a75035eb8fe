import path from "node:path";
import type { CatalogEntry } from "../store/index.ts";
import { contentArgument } from "../content/index.ts";

/** Where the readers of a list have the games: unknown, all in one folder, or in the same places as this machine. */
export type SharePlace =
  | { readonly kind: "unknown" }
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "here" };

type Content = Pick<CatalogEntry, "path" | "member">;

/**
 * The path of a game on its reader's machine: a file name alone where the place is unknown. Only `here` gets the folders of this
 * machine.
 */
export function sharedPath(content: Content, place: SharePlace): string {
  if (place.kind === "here") {
    return contentArgument(content);
  }
  const name = path.posix.basename(content.path);
  const file = place.kind === "unknown" ? name : joinAsThere(place.folder, name);
  return contentArgument({ ...content, path: file });
}

/** With the separator that the folder itself has: players may have another system than this machine. */
function joinAsThere(folder: string, name: string): string {
  const separator = folder.includes("\\") && !folder.includes("/") ? "\\" : "/";
  return folder.endsWith(separator) ? folder + name : folder + separator + name;
}
