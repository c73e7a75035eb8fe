import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { readStartTicks } from "../processes/index.ts";
import { PRIVATE_FOLDER_MODE } from "../shared/index.ts";

/** Of a trial's folder inside the data folder; the process that made it follows, by pid and start time. */
const PREFIX = "trial-";

/** A folder for the hosts of one trial of this process. */
export async function makeTrialFolder(dataFolder: string): Promise<string> {
  await mkdir(dataFolder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  const name = `${PREFIX}${process.pid}-${await readStartTicks(process.pid)}-`;
  return mkdtemp(path.join(dataFolder, name));
}

/** Ends what the trials of killed programs left behind; those of running ones stay. */
export async function endOldTrials(
  dataFolder: string,
  endOrphans: (folder: string) => Promise<unknown>,
): Promise<void> {
  const names = await readdir(dataFolder).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(PREFIX))) {
    const [pid, startTicks] = name.slice(PREFIX.length).split("-");
    if ((await readStartTicks(Number(pid))) !== startTicks) {
      const folder = path.join(dataFolder, name);
      await endOrphans(folder);
      await rm(folder, { recursive: true, force: true });
    }
  }
}
