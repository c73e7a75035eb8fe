import type { Config } from "../config.ts";
import { tryToListen } from "../gateway/index.ts";
import { OperatorError, type Logger } from "../shared/index.ts";

/**
 * Checks that a session could have a port. Sessions bind theirs when somebody asks for a game; a mistake in the configuration
 * has to show earlier.
 *
 * @throws OperatorError when the address is none of this machine's. Ports that other programs hold are logged: they may come free.
 */
export async function requireSessionPorts(
  { host, ports }: Config["sessions"],
  logger: Logger,
): Promise<void> {
  for (let port = ports.first; port <= ports.last; port++) {
    const fault = await tryToListen(host, port);
    if (fault === undefined) {
      return;
    }
    if (fault === "address-unavailable") {
      throw new OperatorError(
        `TCP port ${port} on ${host} cannot be bound: set sessions.host to an address of this machine (:: is all of them), and sessions.ports to ports above 1023.`,
      );
    }
  }
  logger.warn(
    { host, ports: `${ports.first}-${ports.last}` },
    "other programs hold all of sessions.ports, so that requests are refused: end them (ss -tlpn names them), or change sessions.ports",
  );
}
