import { describeError, hasErrorCode } from "../../shared/index.ts";

/** What was passed over, and why. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

/** The usual obstacles in words; everything else as the system says it. */
export function describeReadError(error: unknown): string {
  if (hasErrorCode(error, "EACCES", "EPERM")) {
    return "may not be read: check its permissions";
  }
  if (hasErrorCode(error, "ENOTDIR")) {
    return "not a folder: netplayd catalog add takes files";
  }
  return hasErrorCode(error, "ENOENT") ? "no such file" : describeError(error);
}
