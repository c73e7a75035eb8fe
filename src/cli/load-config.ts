import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { formatMistakes, parseConfig, type Config } from "../config.ts";
import { describeError } from "../shared/index.ts";
import { CommandFailure, exitCodes } from "./exit-codes.ts";

/** Where the configuration is looked for when the command line names none. */
const defaultFiles = ["cores.yaml", "/etc/netplayd/cores.yaml"];

const example = path.resolve(import.meta.dirname, "../../cores.example.yaml");

/** @throws CommandFailure that names every mistake in the file. */
export function loadConfig(file: string | undefined): Config {
  const chosen = file ?? findConfig();
  if (chosen === undefined) {
    throw new CommandFailure(
      exitCodes.usage,
      `There is no ${defaultFiles.join(" and no ")}. Start from the commented example:\n  cp ${example} cores.yaml\nor name your file with --config.`,
    );
  }
  let text: string;
  try {
    text = readFileSync(chosen, "utf8");
  } catch (error) {
    throw new CommandFailure(exitCodes.usage, `The configuration cannot be read: ${describeError(error)}`);
  }
  const parsed = parseConfig(text, path.dirname(path.resolve(chosen)));
  if (!parsed.ok) {
    throw new CommandFailure(exitCodes.usage, formatMistakes(chosen, parsed.reason));
  }
  return parsed.value;
}

/** The configuration if there is one: for commands of players, who need none. */
export function loadOptionalConfig(file: string | undefined): Config | undefined {
  return file !== undefined || findConfig() !== undefined ? loadConfig(file) : undefined;
}

function findConfig(): string | undefined {
  return defaultFiles.find((file) => existsSync(file));
}
