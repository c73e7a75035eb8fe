/**
 * Why RetroArch does not host a game, in words that say what to do, in front of RetroArch's own.
 *
 * @param missingBios - BIOS files that the core looks for and does not find; it needs them for some of its games.
 */
export function explainFailure(reason: string, core: string, missingBios: readonly string[]): string {
  const cause = causeOf(reason, core, missingBios);
  return cause === undefined ? reason : `${cause} | ${reason}`;
}

function causeOf(reason: string, core: string, missingBios: readonly string[]): string | undefined {
  if (/does not support netplay/i.test(reason)) {
    return `the info file of ${core} does not allow netplay: set netplay: allow for it when you know that it works`;
  }
  if (!/failed to load content/i.test(reason)) {
    return undefined;
  }
  return missingBios.length === 0
    ? `${core} does not load it: a broken image`
    : `${core} does not load it: a broken image, or it needs a BIOS that is missing in the folder of retroarch.system (${missingBios.join(", ")})`;
}
