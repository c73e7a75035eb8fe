import path from "node:path";
import { openCatalog, type Catalog } from "../../catalog/index.ts";
import { CATALOG_FILE, type Config } from "../../config.ts";
import { CommandFailure, exitCodes } from "../exit-codes.ts";

/** Opens the catalog of this configuration for the time of `use`. @throws CommandFailure when it cannot be used. */
export async function withCatalog<T>(config: Config, use: (catalog: Catalog) => T | Promise<T>): Promise<T> {
  const opened = openCatalog(path.join(config.data, CATALOG_FILE));
  if (!opened.ok) {
    throw new CommandFailure(exitCodes.failed, opened.reason.message);
  }
  try {
    return await use(opened.value);
  } finally {
    opened.value.close();
  }
}

/** @throws CommandFailure when the text is no id. */
export function parseEntryId(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new CommandFailure(exitCodes.usage, `${text} is no id: \`netplayd catalog list\` shows them.`);
  }
  return Number(text);
}

export function noSuchEntry(id: number): CommandFailure {
  return new CommandFailure(
    exitCodes.failed,
    `The catalog has no entry ${id}: \`netplayd catalog list\` shows them.`,
  );
}
