import { isSameCoreName, type Info } from "../../netplay/index.ts";
import { formatCrc32, type Logger } from "../../shared/index.ts";
import type { Expected } from "../link/index.ts";

/** RetroArch compares this CRC with nothing. */
const UNKNOWN_CRC = 0;

/**
 * Compares what a host announces with the session's game: the host may have loaded a file that was replaced, for example. Players
 * with that other game must not get in.
 *
 * @param onMismatch - Called once.
 */
export function createHostCheck(
  { core, crc: catalogCrc }: Expected,
  logger: Logger,
  onMismatch: () => void,
): (info: Info) => void {
  let mismatched = false;
  return ({ coreName, crc }) => {
    const isOtherCrc = catalogCrc !== undefined && crc !== UNKNOWN_CRC && crc !== catalogCrc;
    if (mismatched || (!isOtherCrc && isSameCoreName(coreName, core))) {
      return;
    }
    mismatched = true;
    logger.error(
      {
        core: coreName,
        crc: formatCrc32(crc),
        catalogCore: core,
        catalogCrc: catalogCrc === undefined ? undefined : formatCrc32(catalogCrc),
      },
      "the host announces another game than the catalog has: run netplayd catalog scan if the file was replaced, else netplayd catalog verify",
    );
    onMismatch();
  };
}
