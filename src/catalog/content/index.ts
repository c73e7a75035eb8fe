export { describeUnlisted, LISTING_CUT_OFF, listSevenZip, NO_SEVEN_ZIP } from "./archive/list-seven-zip.ts";
export { readMemberStarts } from "./archive/member-starts.ts";
export { type ArchiveListing, listZip } from "./archive/zip-directory.ts";
export { headerBytesOf, MAX_HEADER_BYTES } from "./content-header.ts";
export {
  archiveKindOf,
  baseOf,
  contentArgument,
  type ContentPath,
  extensionOf,
  parseContentPath,
} from "./content-path.ts";
export { isDiscSheet, partsOf, tracksOf } from "./disc-sheet.ts";
export { type FileStamp, stampOf } from "./file-stamp.ts";
export { toSoftPatch } from "./patch/soft-patch.ts";
export { describeReadError, type Skipped } from "./read-error.ts";
export { contentCrc } from "./read/content-crc.ts";
export type { ContentReader } from "./read/content-reader.ts";
export type { ReadContent, ReadFile, ReadJob, ReadScope } from "./read/read-file.ts";
export { createReaderPool } from "./read/reader-pool.ts";
export {
  type Sidecars,
  createSidecarIndex,
  encodeSidecars,
  partsIn,
  stampedPatchesIn,
  toStampedPatch,
} from "./read/sidecar-files.ts";
export { withFile } from "./with-file.ts";
