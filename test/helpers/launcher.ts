import { createSocket, type Socket } from "node:dgram";
import { eventually } from "./eventually.ts";

const REPEAT_MS = 1_000;

/** A player's launcher: one UDP socket that asks a server for games. */
export class Launcher {
  readonly #socket: Socket;
  readonly #controlPort: number;
  readonly #replies: Buffer[] = [];

  private constructor(socket: Socket, controlPort: number) {
    this.#socket = socket;
    this.#controlPort = controlPort;
    socket.on("message", (message) => {
      this.#replies.push(message);
    });
  }

  /** @param address - An address of this machine, for the socket. */
  static async open(controlPort: number, address = "127.0.0.1"): Promise<Launcher> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => {
      socket.bind(0, address, resolve);
    });
    return new Launcher(socket, controlPort);
  }

  /** Sends a datagram, repeats it every second until it is answered, and resolves with the answer. */
  async exchange(datagram: Uint8Array): Promise<Buffer> {
    this.#replies.length = 0;
    const send = (): void => {
      this.#socket.send(datagram, this.#controlPort, "127.0.0.1");
    };
    send();
    const repeating = setInterval(send, REPEAT_MS);
    try {
      return await eventually("an answer to the datagram", () => this.#replies[0]);
    } finally {
      clearInterval(repeating);
    }
  }

  /** Asks for a game; resolves with the port, 0 = refused. */
  async ask(datagram: Uint8Array): Promise<number> {
    return (await this.exchange(datagram)).readUInt16BE(0);
  }

  close(): void {
    this.#socket.close();
  }
}
