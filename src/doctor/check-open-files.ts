import type { Config } from "../config.ts";
import { judgeOpenFiles, OPEN_FILES_ADVICE, openFilesFor } from "../open-files.ts";
import { good, warning, type Finding } from "./check.ts";

/** Whether everybody whom the configuration lets in can be connected at once. This command's limit may be another than the service's. */
export function checkOpenFiles(config: Config, limit?: number): Finding {
  const subject = "open files";
  const tooFew = judgeOpenFiles(config, limit);
  return tooFew === undefined
    ? good(subject, `${openFilesFor(config)} can be needed, and may be open`)
    : warning(subject, `${tooFew.limit} may be open, ${tooFew.needed} can be needed: ${OPEN_FILES_ADVICE}.`);
}
