import { isSameCoreName, type Info } from "../../netplay/index.ts";
import { formatCrc32, type Logger } from "../../shared/index.ts";
import type { Expected } from "../link/index.ts";

/** RetroArch compares it with nothing. */
const UNKNOWN_CRC = 0;

/**
 * Compares what a host announces with what was asked of it. It may have loaded something else, a file that was replaced for
 * example, and then those would get in who have not what it has.
 */
export class HostCheck {
  readonly #expected: Expected;
  readonly #logger: Logger;
  readonly #onMismatch: () => void;
  #mismatched = false;

  /** @param onMismatch - Called once. */
  constructor(expected: Expected, logger: Logger, onMismatch: () => void) {
    this.#expected = expected;
    this.#logger = logger;
    this.#onMismatch = onMismatch;
  }

  informed({ coreName, crc }: Info): void {
    const { core, crc: catalogCrc } = this.#expected;
    const isOtherCrc = catalogCrc !== undefined && crc !== UNKNOWN_CRC && crc !== catalogCrc;
    if (this.#mismatched || (!isOtherCrc && isSameCoreName(coreName, core))) {
      return;
    }
    this.#mismatched = true;
    this.#logger.error(
      {
        core: coreName,
        crc: formatCrc32(crc),
        catalogCore: core,
        catalogCrc: catalogCrc === undefined ? undefined : formatCrc32(catalogCrc),
      },
      "the host announces another game than the catalog has: run netplayd catalog scan if the file was replaced, else netplayd catalog verify",
    );
    this.#onMismatch();
  }
}
