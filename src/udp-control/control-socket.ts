import type { RemoteInfo } from "node:dgram";
import { DgramAsPromised, type SocketAsPromised } from "dgram-as-promised";
import { describeError, toPort, type Logger, type Port } from "../shared/index.ts";
import { explainBindError, familyOf } from "./control-address.ts";
import type { ControlServer } from "./control-server.ts";

export interface ControlSocket {
  readonly port: Port;
  close(): Promise<void>;
}

/**
 * Binds the control port and hands every datagram to the server.
 *
 * @param options - `host`: an address or a name of this machine; `::` takes IPv4 as well. `port`: 0 takes any free one.
 * @throws OperatorError when the address cannot be had.
 */
export async function openControlSocket(options: {
  readonly host: string;
  readonly port: number;
  readonly server: Pick<ControlServer, "receive">;
  readonly logger: Logger;
}): Promise<ControlSocket> {
  const { host, port, server, logger } = options;
  const type = (await familyOf(options)) === 6 ? "udp6" : "udp4";
  const socket: SocketAsPromised = DgramAsPromised.createSocket(type, (datagram, from) => {
    server.receive(datagram, from, (reply) => send(socket, reply, from, logger));
  });
  // The wrapper keeps an error for its next call; the operator sees it in the log.
  socket.socket.on("error", (error) => {
    logger.debug({ error: error.message }, "control socket reported an error");
  });
  try {
    const bound = await socket.bind(port, host);
    return { port: toPort(bound.port), close: () => socket.close() };
  } catch (error) {
    await socket.close();
    throw explainBindError(error, options);
  }
}

/** Through the plain socket: the wrapper's `send` fails with an older error of the socket instead of sending. */
function send(socket: SocketAsPromised, reply: Uint8Array, to: RemoteInfo, logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    const done = (error: unknown): void => {
      if (error !== null && error !== undefined) {
        logger.debug({ to: to.address, error: describeError(error) }, "reply could not be sent");
      }
      resolve();
    };
    try {
      socket.socket.send(reply, to.port, to.address, done);
    } catch (error) {
      done(error);
    }
  });
}
