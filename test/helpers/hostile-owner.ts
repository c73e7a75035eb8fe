import { sessionIdFromBytes, type SessionId } from "../../src/shared/index.ts";
import type { Cleanup } from "./cleanup.ts";
import { eventually } from "./eventually.ts";
import { NetplayClient, type NetplayClientOptions } from "./netplay-client.ts";
import type { FakeHostLink } from "./netplay-fake-host-link.ts";
import { FakeHost, type FakeHostOptions } from "./netplay-fake-host.ts";
import { joining } from "./netplay-port.ts";

/** A relayed room of an attacker, whose host and clients are the attacker's. */
export class HostileOwner {
  readonly host: FakeHost;
  readonly #port: number;
  readonly #id: SessionId;
  readonly #cleanup: Cleanup;
  #accomplices = 0;

  private constructor(port: number, id: SessionId, host: FakeHost, cleanup: Cleanup) {
    this.#port = port;
    this.#id = id;
    this.host = host;
    this.#cleanup = cleanup;
  }

  /** @param port - The netplay port. */
  static async open(
    cleanup: Cleanup,
    port: number,
    options: Partial<FakeHostOptions> = {},
  ): Promise<HostileOwner> {
    const host = await FakeHost.dial({
      tunnelPort: port,
      manualFrames: true,
      answersPings: true,
      ...options,
    });
    cleanup.defer(() => {
      host.close();
    });
    const id = host.sessionId === undefined ? undefined : sessionIdFromBytes(host.sessionId);
    if (id === undefined) {
      throw new Error("the relay gave no room");
    }
    return new HostileOwner(port, id, host, cleanup);
  }

  /**
   * A client in the room, with an address of its own, that discards what it gets, or reads nothing; with the host's side
   * of it.
   */
  async accomplice(
    nick: string,
    options: Partial<NetplayClientOptions> & { readonly reads: boolean },
  ): Promise<{ client: NetplayClient; link: FakeHostLink }> {
    const client = new NetplayClient({
      port: this.#port,
      preamble: joining(this.#id),
      core: "Fake Core",
      crc: 0xe2c443c4,
      spectate: true,
      nick,
      localAddress: `127.0.1.${++this.#accomplices}`,
      ...options,
    });
    this.#cleanup.defer(() => client.socket.destroy());
    await eventually(`${nick} is in`, () => client.sync);
    client.socket.removeAllListeners("data");
    if (options.reads) {
      client.socket.resume();
    } else {
      client.socket.pause();
    }
    return { client, link: await this.host.linkOf(nick) };
  }
}

/** Bytes that are written in one turn, so that the test can measure meanwhile. */
const PIECE_BYTES = 64 * 1024;

/**
 * Sends these bytes again and again, for so long or until the connection is gone: as fast as they are taken, or no more than so
 * many a second.
 */
export async function flood(
  { socket }: Pick<FakeHostLink, "socket">,
  bytes: Buffer,
  durationMs: number,
  bytesPerSecond = Infinity,
): Promise<number> {
  const beganMs = performance.now();
  const untilMs = beganMs + durationMs;
  let sent = 0;
  while (socket?.writable === true && performance.now() < untilMs) {
    const from = sent % bytes.length;
    const piece = bytes.subarray(from, from + PIECE_BYTES);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, untilMs - performance.now()));
      socket.once("close", resolve);
      socket.write(piece, () => {
        clearTimeout(timer);
        socket.off("close", resolve);
        resolve();
      });
    });
    sent += piece.length;
    const aheadMs = (sent / bytesPerSecond) * 1000 - (performance.now() - beganMs);
    if (aheadMs > 0) {
      await new Promise((resolve) => setTimeout(resolve, aheadMs));
    }
  }
  return sent;
}
