import path from "node:path";

/** BIOS files that a core looks for and does not find, and where it looks; null when the configuration names no folder. */
export interface MissingBios {
  readonly missing: readonly string[];
  readonly folder: string | null;
}

/** RetroArch's words for a core whose info file keeps it from netplay, whatever the game. */
const NO_NETPLAY = /does not support netplay/i;

/** Whether RetroArch would say the same of every game of the core. */
export function concernsCore(reason: string): boolean {
  return NO_NETPLAY.test(reason);
}

/** Why RetroArch does not host a game and what to do, followed by RetroArch's own words. */
export function explainFailure(reason: string, core: string, bios: MissingBios): string {
  const cause = causeOf(reason, core, bios);
  return cause === undefined ? reason : `${cause} | ${reason}`;
}

function causeOf(reason: string, core: string, { missing, folder }: MissingBios): string | undefined {
  if (NO_NETPLAY.test(reason)) {
    return `the info file of ${core} does not allow netplay: set netplay: allow for it when you know that it works`;
  }
  if (/could not read content file/i.test(reason)) {
    return "its file is gone or may not be read: scan its folder again";
  }
  if (!/failed to load content/i.test(reason)) {
    return undefined;
  }
  const where = folder ?? "a folder, and name it in retroarch.system";
  const wanted = missing.filter((file) => reason.includes(path.posix.basename(file)));
  if (wanted.length > 0) {
    return `${core} looks for a BIOS that is missing, ${wanted.join(", ")}: put it into ${where}`;
  }
  return missing.length === 0
    ? `${core} does not load it: a broken image`
    : `${core} does not load it: a broken image; or it needs a BIOS that is missing: then put ${missing.join(", ")} into ${where}`;
}
