/**
 * A mistake that the operator can correct: in the configuration, on the command line, on the machine.
 * Its message says what to do next; the edge that catches it prints the message alone, without a stack.
 */
export class OperatorError extends Error {
  override readonly name = "OperatorError";
}

/** The text of a thrown value, for one log line. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True for an error of the operating system with this code, e.g. `EADDRINUSE`. */
export function hasErrorCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** Marks a case that the types exclude; reaching it is a bug in netplayd. */
export function unreachable(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
