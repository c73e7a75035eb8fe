import { contentArgument, type EntryDetails, type ListedEntry } from "../../catalog/index.ts";
import { formatCrc32 } from "../../shared/index.ts";

/** An entry as scripts get it: CRCs as 8 hex digits, times in ISO 8601, the content as RetroArch takes it. */
export function toEntryJson(entry: ListedEntry | EntryDetails): Record<string, unknown> {
  const { crc, mtimeMs, path: file, member, lastPlayedMs, verification, ...rest } = entry;
  return {
    ...rest,
    content: contentArgument({ path: file, member }),
    crc: formatCrc32(crc),
    modified: new Date(mtimeMs).toISOString(),
    lastPlayed: lastPlayedMs === null ? null : new Date(lastPlayedMs).toISOString(),
    verification: verification === null ? null : toVerificationJson(verification),
    ...("wholeCrc" in entry ? toDatCrcs(entry) : {}),
  };
}

function toVerificationJson(verification: NonNullable<ListedEntry["verification"]>): Record<string, unknown> {
  const { checkedMs, tookMs, ...rest } = verification;
  return { ...rest, checked: new Date(checkedMs).toISOString(), tookMs: Math.round(tookMs) };
}

function toDatCrcs({ wholeCrc, headerlessCrc }: EntryDetails): Record<string, unknown> {
  return {
    wholeCrc: formatCrc32(wholeCrc),
    headerlessCrc: headerlessCrc === null ? null : formatCrc32(headerlessCrc),
  };
}
