import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { hasErrorCode, type Clock, type Logger } from "../shared/index.ts";
import { endLeftovers, readStartTicks } from "../supervisor/index.ts";

/** Folder of the trials inside the data folder. Each trial's folder is named after the process that makes it: pid and start time. */
const TRIALS_DIR = "trials";

/** A folder for the hosts of one trial of this process; the caller removes it. */
export async function makeTrialFolder(dataFolder: string): Promise<string> {
  const trials = path.join(dataFolder, TRIALS_DIR);
  await mkdir(trials, { recursive: true, mode: 0o700 });
  return mkdtemp(path.join(trials, `${process.pid}-${await readStartTicks(process.pid)}-`));
}

/** Ends what the trials of killed programs left behind; those of running ones stay. */
export async function endOldTrials(
  dataFolder: string,
  parts: { clock: Clock; logger: Logger },
): Promise<void> {
  const trials = path.join(dataFolder, TRIALS_DIR);
  for (const name of await namesIn(trials)) {
    const [pid = "", startTicks] = name.split("-");
    if ((await readStartTicks(Number(pid))) !== startTicks) {
      await endLeftovers(path.join(trials, name), parts);
      await rm(path.join(trials, name), { recursive: true, force: true });
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) {
      return [];
    }
    throw error;
  }
}
