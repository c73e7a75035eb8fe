import { mkdir, mkdtemp, readdir, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { readStartTicks } from "../processes/index.ts";
import { hasErrorCode } from "../shared/index.ts";

/** Folder of the trials inside the data folder. Each trial's folder is named after the process that makes it: pid and start time. */
const TRIALS_DIR = "trials";

const ATTEMPTS = 5;

/** A folder for the hosts of one trial of this process; `removeTrialFolder` removes it. */
export async function makeTrialFolder(dataFolder: string): Promise<string> {
  const trials = path.join(dataFolder, TRIALS_DIR);
  const prefix = path.join(trials, `${process.pid}-${await readStartTicks(process.pid)}-`);
  for (let attempt = 1; ; attempt++) {
    try {
      await mkdir(trials, { recursive: true, mode: 0o700 });
      return await mkdtemp(prefix);
    } catch (error) {
      // Another trial was the last one, and has just taken the folder with it.
      if (!hasErrorCode(error, "ENOENT") || attempt === ATTEMPTS) {
        throw error;
      }
    }
  }
}

/** Removes a trial's folder, and the folder of the trials with the last one. */
export async function removeTrialFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await rmdir(path.dirname(folder)).catch(() => undefined);
}

/** Ends what the trials of killed programs left behind; those of running ones stay. */
export async function endOldTrials(
  dataFolder: string,
  endOrphans: (folder: string) => Promise<unknown>,
): Promise<void> {
  const trials = path.join(dataFolder, TRIALS_DIR);
  for (const name of await namesIn(trials)) {
    const [pid = "", startTicks] = name.split("-");
    if ((await readStartTicks(Number(pid))) !== startTicks) {
      await endOrphans(path.join(trials, name));
      await removeTrialFolder(path.join(trials, name));
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
