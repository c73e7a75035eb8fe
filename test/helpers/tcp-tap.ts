import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** Forwards connections to a port of this machine and keeps what its clients send. */
export class TcpTap {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #said: Buffer[];

  private constructor(server: Server, sockets: Set<Socket>, said: Buffer[]) {
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#sockets = sockets;
    this.#said = said;
  }

  static async open(target: number): Promise<TcpTap> {
    const sockets = new Set<Socket>();
    const said: Buffer[] = [];
    const server = createServer({ noDelay: true }, (client) => {
      const behind = connect({ port: target, host: "127.0.0.1", noDelay: true });
      client.on("data", (chunk) => said.push(chunk));
      for (const [from, to] of [
        [client, behind],
        [behind, client],
      ] as const) {
        sockets.add(from);
        from.pipe(to);
        // When one side is reset, the other one is ended.
        from.on("error", () => to.destroy());
        from.on("close", () => sockets.delete(from));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new TcpTap(server, sockets, said);
  }

  /** Whether a client has sent these bytes. */
  hasHeard(bytes: Buffer): boolean {
    return Buffer.concat(this.#said).includes(bytes);
  }

  async close(): Promise<void> {
    this.#sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
