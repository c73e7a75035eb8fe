import { connect, type Socket } from "node:net";
import { fail, hasErrorCode, ok, type Clock, type Result, type Timer } from "../shared/index.ts";

/** Where to ask, and for how long. */
export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  /** For the whole conversation, from the first packet on. */
  readonly timeoutMs: number;
  /** Sent before anything else: `RATS` and a session's 12 bytes, where one port serves many rooms. */
  readonly preamble?: Uint8Array | undefined;
}

/** Why there is no connection. `timeout`: not even the TCP handshake was answered. */
export type ConnectFault = "refused" | "timeout" | "unknown-host" | "unreachable";

/** Why nothing more comes. `silent`: the connection stands, but the rest of the answer did not come in time. */
export type ReadFault = "closed" | "silent";

/** Reads the beginning of what is unread; `length`: how many bytes it took. */
type Decoder<T, F extends string> = (
  unread: Buffer,
) => Result<{ readonly value: T; readonly length: number }, F | "need-more">;

/** Connects, and sends the preamble. */
export async function openConversation(
  target: ProbeTarget,
): Promise<Result<ProbeConversation, ConnectFault>> {
  const { host, port, clock, timeoutMs, preamble } = target;
  const startedAt = clock.now();
  const socket = connect({ host, port, noDelay: true });
  const connected = await whenConnected(socket, clock, timeoutMs);
  if (!connected.ok) {
    socket.destroy();
    return connected;
  }
  if (preamble !== undefined) {
    socket.write(preamble);
  }
  return ok(new ProbeConversation(socket, target, startedAt));
}

function whenConnected(socket: Socket, clock: Clock, timeoutMs: number): Promise<Result<true, ConnectFault>> {
  return new Promise((resolve) => {
    const timer = clock.after(timeoutMs, () => {
      resolve(fail("timeout"));
    });
    socket.once("connect", () => {
      timer.cancel();
      resolve(ok(true));
    });
    // Stays for the life of the socket: what fails later also closes it, and a close is what readers see.
    socket.on("error", (error) => {
      timer.cancel();
      resolve(fail(faultOf(error)));
    });
  });
}

function faultOf(error: Error): ConnectFault {
  // A name with several addresses fails with all their errors at once.
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  if (errors.some((one) => hasErrorCode(one, "ECONNREFUSED"))) {
    return "refused";
  }
  if (errors.some((one) => hasErrorCode(one, "ETIMEDOUT"))) {
    return "timeout";
  }
  return errors.some((one) => hasErrorCode(one, "ENOTFOUND", "EAI_AGAIN", "EINVAL"))
    ? "unknown-host"
    : "unreachable";
}

/** One TCP connection, asked and answered in turns, until it ends or the time is over. */
export class ProbeConversation {
  readonly connectMs: number;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #connectedAt: number;
  readonly #timer: Timer;
  #unread: Buffer = Buffer.alloc(0);
  #toSkip = 0;
  #fault: ReadFault | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: Socket, { clock, timeoutMs }: ProbeTarget, startedAt: number) {
    this.#socket = socket;
    this.#clock = clock;
    this.#connectedAt = clock.now();
    this.connectMs = this.#connectedAt - startedAt;
    this.#timer = clock.after(Math.max(0, timeoutMs - this.connectMs), () => {
      this.#end("silent");
    });
    socket.on("close", () => {
      this.#end("closed");
    });
    socket.on("data", (chunk: Buffer) => {
      this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
      this.#passOver();
      this.#wake?.();
    });
  }

  /** Milliseconds since the connection stood. */
  sinceConnectedMs(): number {
    return this.#clock.now() - this.#connectedAt;
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The next thing in the stream. `decode` is given everything unread and called again with more on `need-more`. */
  async read<T, F extends string>(
    decode: Decoder<T, F>,
  ): Promise<Result<T, Exclude<F, "need-more"> | ReadFault>> {
    for (;;) {
      const decoded = this.#toSkip > 0 ? fail("need-more" as const) : decode(this.#unread);
      if (decoded.ok) {
        this.#unread = this.#unread.subarray(decoded.value.length);
        return ok(decoded.value.value);
      }
      if (decoded.reason !== "need-more") {
        return fail(decoded.reason as Exclude<F, "need-more">);
      }
      if (this.#fault !== undefined) {
        return fail(this.#fault);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Passes over the next bytes without keeping them, as they come. */
  skip(byteCount: number): void {
    this.#toSkip += byteCount;
    this.#passOver();
  }

  close(): void {
    this.#timer.cancel();
    this.#socket.destroy();
  }

  #passOver(): void {
    const passed = Math.min(this.#toSkip, this.#unread.length);
    this.#toSkip -= passed;
    this.#unread = this.#unread.subarray(passed);
  }

  #end(reason: ReadFault): void {
    this.#fault ??= reason;
    this.#wake?.();
  }
}
