import { InvalidArgumentError } from "commander";

const MAX_SECONDS = 3600;

/** How long a command waits. @throws InvalidArgumentError when the text is no such time. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
    throw new InvalidArgumentError(`Expected a number of seconds, up to ${MAX_SECONDS}.`);
  }
  return seconds;
}
