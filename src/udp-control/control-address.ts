import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { describeError, hasErrorCode, OperatorError } from "../shared/index.ts";

interface ControlAddress {
  /** An address or a name of this machine. */
  readonly host: string;
  readonly port: number;
}

/**
 * 4 or 6.
 *
 * @throws OperatorError for a name that nobody knows.
 */
export async function familyOf(options: ControlAddress): Promise<number> {
  const literal = isIP(options.host);
  if (literal !== 0) {
    return literal;
  }
  try {
    return (await lookup(options.host)).family;
  } catch (error) {
    throw explainBindError(error, options);
  }
}

/** What the operator has to change when the control port cannot be bound. */
export function explainBindError(error: unknown, { host, port }: ControlAddress): Error {
  if (hasErrorCode(error, "EADDRINUSE")) {
    return new OperatorError(
      `UDP port ${port} on ${host} is in use, perhaps by another netplayd. ` +
        `End that program (\`ss -ulpn\` names it) or change control.port.`,
    );
  }
  if (hasErrorCode(error, "EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN", "EINVAL")) {
    return new OperatorError(
      `${host} is no address of this machine: change control.host; 0.0.0.0 is every IPv4 address, :: IPv6 as well.`,
    );
  }
  if (hasErrorCode(error, "EAFNOSUPPORT")) {
    return new OperatorError(`This machine has no IPv6: set control.host to 0.0.0.0 instead of ${host}.`);
  }
  if (hasErrorCode(error, "EACCES", "EPERM")) {
    return new OperatorError(
      `No permission to bind UDP port ${port} on ${host}: choose a control.port above 1023.`,
    );
  }
  return error instanceof Error ? error : new Error(describeError(error));
}
