import { readFileSync } from "node:fs";
import { Option } from "commander";
import { describeError } from "../shared/index.ts";
import { CommandFailure, exitCodes } from "./exit-codes.ts";

/** Never the password itself: everybody on the machine sees the arguments of a program. */
export interface PasswordOptions {
  readonly passwordFile?: string;
}

const VARIABLE = "NETPLAYD_PASSWORD";
const STANDARD_INPUT = 0;

/** What a message says that asks for a password. */
export const howToGivePassword = `name it with --password-file or ${VARIABLE}`;

export const passwordOption = new Option(
  "--password-file <file>",
  `the room's password, the first line of a file; - is standard input; default: ${VARIABLE} of the environment`,
);

/** The password that was given; undefined: none. @throws CommandFailure when its file cannot be read. */
export function readPassword({ passwordFile }: PasswordOptions): string | undefined {
  if (passwordFile === undefined) {
    return process.env[VARIABLE];
  }
  try {
    const text = readFileSync(passwordFile === "-" ? STANDARD_INPUT : passwordFile, "utf8");
    return text.split(/\r?\n/, 1)[0];
  } catch (error) {
    throw new CommandFailure(exitCodes.usage, `The password cannot be read: ${describeError(error)}`);
  }
}
