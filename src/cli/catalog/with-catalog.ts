import path from "node:path";
import type { Command } from "commander";
import { openCatalog, type Catalog } from "../../catalog/index.ts";
import { CATALOG_FILE, type Config } from "../../config.ts";
import { CommandFailure, exitCodes } from "../exit-codes.ts";
import { loadConfig } from "../load-config.ts";
import type { ConfigOptions } from "../options.ts";
import type { JsonOptions } from "../output.ts";

/** Declares a command of `catalog` with the options that all of them have. */
export type DeclareCommand = (name: string, description: string) => Command;

export interface CatalogOptions extends ConfigOptions, JsonOptions {}

/** Opens the catalog of the configuration for the time of `use`. @throws CommandFailure when it cannot be used. */
export async function withCatalog<T>(
  { config: file }: ConfigOptions,
  use: (catalog: Catalog, config: Config) => T | Promise<T>,
): Promise<T> {
  const config = loadConfig(file);
  const opened = openCatalog(path.join(config.data, CATALOG_FILE));
  if (!opened.ok) {
    throw new CommandFailure(exitCodes.failed, opened.reason.message);
  }
  try {
    return await use(opened.value, config);
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
