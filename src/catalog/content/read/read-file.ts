import type { Crc32 } from "../../../shared/index.ts";
import type { FileStamp } from "../file-stamp.ts";
import type { SoftPatch } from "../patch/soft-patch.ts";
import type { SidecarState } from "./sidecar-files.ts";

/** RetroArch takes the CRC of at most this much of a file on disk. */
export const NETPLAY_CRC_BYTES = 64 * 1024 * 1024;

/** One content of a file. */
export interface ReadContent {
  /** Path inside the archive; null for the file itself. */
  readonly member: string | null;
  readonly sizeBytes: number;
  /** As announced by a core that gets the content in memory, soft patches applied; null when only a host can tell. */
  readonly crc: Crc32 | null;
  /** As announced by a core that opens the file itself (`needs_fullpath`); null when only a host can tell. */
  readonly fullPathCrc: Crc32 | null;
  readonly wholeCrc: Crc32;
  /** Without the header of a copier or an emulator; null when there is none, "unread" when it was not checked. */
  readonly headerlessCrc: Crc32 | null | "unread";
  /** Only a host can confirm the CRC: a core may ignore a patch although its info file says otherwise. */
  readonly isGuess?: boolean | undefined;
  /** Why it will not start. */
  readonly problem?: string | undefined;
}

/** What reading a file found. */
export interface ReadFile {
  /** As the opened file had them. */
  readonly stamp: FileStamp;
  /** The same for the same bytes, wherever the file lies. */
  readonly fingerprint: number;
  readonly contents: readonly ReadContent[];
  /** One line for each thing that cannot be hosted. */
  readonly problems: readonly string[];
  /** See `SidecarState`; absent when no content lies in a folder of an archive. */
  readonly folders?: SidecarState["folders"] | undefined;
}

/** What has to be read of a file. */
export interface ReadScope {
  /** The file itself is wanted as content. */
  readonly whole: boolean;
  /** Extensions of the members wanted, null for all; absent when the file is not to be looked into. */
  readonly members?: readonly string[] | null | undefined;
}

/** A file to be read. */
export interface ReadJob extends ReadScope {
  readonly path: string;
  /** Soft patches in the file's folder. */
  readonly patches?: readonly SoftPatch[] | undefined;
  /** RetroArch is given the archive, or a member by name: after that, patches are named. By default the member. */
  readonly patchedAs?: "archive" | "member" | undefined;
}
