import { decodeHostTunnelMessage } from "../../netplay/index.ts";
import { ok, type Port, type Result } from "../../shared/index.ts";
import {
  accept,
  failingAs,
  type Connection,
  type Listener,
  type ListenFault,
  type MessageReader,
} from "../net/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { TunnelHost } from "./tunnel-host.ts";

const TUNNEL_ADDRESS = "127.0.0.1";

/** Both ends of a connection to a tunnel listener, from the side that opened it. */
export interface TunnelConnection {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

const decodeFirstMessage = failingAs("unexpected-command", decodeHostTunnelMessage);

export interface TunnelListenerParts extends Pick<GatewayContext, "clock" | "logger" | "limits"> {
  /** Whether the session's host has opened a connection; does not reject. */
  readonly isHost: (connection: TunnelConnection) => Promise<boolean>;
  readonly host: Pick<TunnelHost, "receive">;
}

/** Where a session's host dials in. Any program on this machine can; all but the host are closed. */
export class TunnelListener {
  readonly #parts: TunnelListenerParts;
  readonly #newcomers = new Set<MessageReader>();
  #strangerLogged = false;
  #listener: Listener | undefined;

  constructor(parts: TunnelListenerParts) {
    this.#parts = parts;
  }

  /** Binds a loopback port. */
  async open(): Promise<Result<Port, ListenFault>> {
    const { clock, logger } = this.#parts;
    const listener = await accept(TUNNEL_ADDRESS, 0, { clock, logger }, (reader, tunnelPort) =>
      this.#receive(reader, tunnelPort),
    );
    if (!listener.ok) {
      return listener;
    }
    this.#listener = listener.value;
    return ok(listener.value.port);
  }

  /** Ends the connections without a first message; resolves when the port is free. */
  async close(): Promise<void> {
    const closed = this.#listener?.close();
    this.#newcomers.forEach((reader) => {
      reader.destroy("session-closed");
    });
    await closed;
  }

  /** Reads the first message of a connection, if the host has opened it. */
  async #receive(reader: MessageReader, tunnelPort: number): Promise<void> {
    const { limits, isHost, host } = this.#parts;
    const { connection } = reader;
    if (this.#newcomers.size >= limits.halfOpenTunnel) {
      reader.destroy("full");
      return;
    }
    this.#newcomers.add(reader);
    void connection.gone.then(() => this.#newcomers.delete(reader));
    const ends = {
      localAddress: connection.address,
      localPort: connection.port,
      remoteAddress: TUNNEL_ADDRESS,
      remotePort: tunnelPort,
    };
    const asked = await reader.until<boolean>((done) => {
      void isHost(ends).then(done);
      return () => undefined;
    });
    if (asked.ok && !asked.value) {
      this.#refuse(connection);
      return;
    }
    reader.expectBy(reader.acceptedAtMs + limits.tunnelOpeningMs, "opening-timeout");
    const message = await reader.read(decodeFirstMessage);
    this.#newcomers.delete(reader);
    if (message.ok) {
      host.receive(reader, message.value);
    } else {
      reader.destroy(message.reason);
    }
  }

  #refuse(connection: Connection): void {
    const { logger } = this.#parts;
    if (!this.#strangerLogged) {
      this.#strangerLogged = true;
      logger.warn(
        { address: connection.address, port: connection.port },
        "another program than the session's host has dialled its tunnel port and is closed; the next ones are not logged",
      );
    }
    connection.destroy();
  }
}
