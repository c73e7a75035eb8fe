import { access, constants, mkdir } from "node:fs/promises";
import { describeError, PRIVATE_FOLDER_MODE } from "../shared/index.ts";
import { failed, good, type Finding } from "./check.ts";

/** Whether the data folder can be made and written. */
export async function checkData(folder: string): Promise<Finding> {
  try {
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return good("data folder", folder);
  } catch (error) {
    return failed(
      "data folder",
      `${describeError(error)}: change data, or the folder's owner and permissions.`,
    );
  }
}

const SHOWN = 3;

/** Whether the files of the catalog can be read. */
export async function checkContents(files: readonly string[]): Promise<Finding> {
  if (files.length === 0) {
    return failed("catalog", "holds no game: netplayd catalog add FILE, or catalog scan FOLDER.");
  }
  const unreadable: string[] = [];
  for (const file of new Set(files)) {
    await access(file, constants.R_OK).catch(() => unreadable.push(file));
  }
  if (unreadable.length === 0) {
    return good("catalog", `${files.length} ${files.length === 1 ? "game" : "games"}, all readable`);
  }
  const shown = unreadable.slice(0, SHOWN).join(", ");
  const more = unreadable.length > SHOWN ? ` and ${unreadable.length - SHOWN} more` : "";
  return failed(
    "catalog",
    `cannot read ${shown}${more}: correct their permissions, or scan their folders again.`,
  );
}
