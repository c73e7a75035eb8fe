import type { Result } from "../shared/index.ts";

/** The exit codes of every command; README.md lists them for scripts. */
export const exitCodes = {
  ok: 0,
  /** It was tried and did not work; the message says why. */
  failed: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** The server refused the request; its log has the reason. */
  refused: 3,
  /** Nobody answered. */
  noAnswer: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends the command with this message and exit code. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The value of an outcome whose reason is a message for the user. @throws CommandFailure with that message. */
export function unwrap<T>(outcome: Result<T, string>, exitCode: ExitCode = exitCodes.failed): T {
  if (outcome.ok) {
    return outcome.value;
  }
  throw new CommandFailure(exitCode, outcome.reason);
}
