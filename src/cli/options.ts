import { InvalidArgumentError, Option } from "commander";
import { parseServerAddress } from "./addresses.ts";

/** What the user names a game by. */
export const CONTENT = "content file, or archive.zip#member";

export interface ConfigOptions {
  readonly config?: string;
}

export const configOption = new Option("--config <file>", "configuration (default: cores.yaml)");
export const jsonOption = new Option("--json", "print JSON");

/** Options that name a game on a server's control port. */
export interface GameOptions {
  readonly core: string;
  readonly coreVersion: string;
}

export const coreOption = new Option(
  "--core <name>",
  "the core's library name, e.g. Nestopia",
).makeOptionMandatory();

export const requestCoreVersionOption = new Option("--core-version <version>", "the core's version").default(
  "",
  "the server's first entry",
);

export const serverOption = new Option("--server <host[:port]>", "the server's control port")
  .argParser(parseServerAddress)
  .makeOptionMandatory();

const MAX_SECONDS = 3600;

/** How long a command waits. */
export function timeoutOption(description: string, defaultSeconds: number): Option {
  return new Option("--timeout <seconds>", description).default(defaultSeconds).argParser((text) => {
    const seconds = Number(text);
    if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
      throw new InvalidArgumentError(`Expected a number of seconds, up to ${MAX_SECONDS}.`);
    }
    return seconds;
  });
}

/** How long the server is asked for a game; by default a little more than a host is given to start. */
export const requestTimeoutOption = timeoutOption(
  "how long to wait for the answer; more than the server's sessions.startSeconds",
  12,
);
