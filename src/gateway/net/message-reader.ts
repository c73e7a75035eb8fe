import { fail, ok, type Clock, type Result, type Timer } from "../../shared/index.ts";
import type { LeaveReason } from "../gateway-event.ts";
import type { Connection } from "./connection.ts";
import type { Decoder } from "./decoder.ts";

/** What a peer may send ahead. A stock one sends less, and waits for the answer. */
const MAX_UNREAD_BYTES = 1024;

const NOTHING = Buffer.alloc(0);

/** What is waited for; there is one at a time. */
interface Wait {
  /** Bytes have come. */
  readonly look: () => void;
  readonly onEnd: (reason: LeaveReason) => void;
}

/**
 * Reads a new connection message by message, from accept until a link or a control connection takes it over. Each wait ends,
 * either with its outcome or with the reason for which the connection ends: the peer has closed, the deadline has passed, it has
 * sent too much, or the reason given to `end`. All later waits then end with the same reason.
 */
export class MessageReader {
  readonly connection: Connection;
  /** In milliseconds of the clock. */
  readonly acceptedAtMs: number;
  readonly #clock: Clock;
  #bytes: Buffer = NOTHING;
  #wait: Wait | undefined;
  #endReason: LeaveReason | undefined;
  #deadline: Timer | undefined;
  /** When the last wait was over; undefined while there is one. */
  #resumedAtMs: number | undefined;

  constructor(connection: Connection, clock: Clock) {
    this.connection = connection;
    this.acceptedAtMs = clock.now();
    this.#clock = clock;
    connection.read({
      data: (chunk) => {
        this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
        this.#wait?.look();
      },
      closed: () => {
        this.end("client-closed");
      },
      faulted: () => {
        this.end("fault");
      },
      exhausted: () => {
        this.end("over-budget");
      },
    });
  }

  /** Whether it has ended, so that nothing more will be read. */
  get hasEnded(): boolean {
    return this.#endReason !== undefined;
  }

  /** Runs a function that reads this connection. What it throws is a bug: it is logged, and the connection destroyed. */
  run(flow: Promise<void>): void {
    flow.catch((error: unknown) => {
      this.connection.fault(error);
    });
  }

  /** The one deadline: at this time of the clock, waiting ends for this reason. Replaces the one before. */
  expectBy(atMs: number, reason: LeaveReason): void {
    this.#deadline?.cancel();
    if (this.#endReason === undefined) {
      this.#deadline = this.#clock.after(Math.max(0, atMs - this.#clock.now()), () => {
        this.end(reason);
      });
    }
  }

  /** The next message. One that cannot be decoded ends the connection for the decoder's reason. */
  read<T>(decode: Decoder<T>): Promise<Result<T, LeaveReason>> {
    return new Promise((resolve) => {
      this.#begin({
        look: () => {
          const decoded = decode(this.#bytes);
          if (decoded.ok) {
            this.#bytes = this.#bytes.subarray(decoded.value.length);
            this.#resume();
            resolve(ok(decoded.value.message));
          } else if (decoded.reason === "need-more") {
            this.#limitUnread();
          } else {
            this.end(decoded.reason);
          }
        },
        onEnd: (reason) => {
          resolve(fail(reason));
        },
      });
    });
  }

  /**
   * Waits for something else than a message. What the peer sends meanwhile is kept for later.
   *
   * @param begin - Starts it. `done` may be called at once, later, or never. What it returns is called when the connection has
   *   ended before.
   */
  until<T>(begin: (done: (value: T) => void) => () => void): Promise<Result<T, LeaveReason>> {
    return new Promise((resolve) => {
      let giveUp = (): void => undefined;
      const wait = {
        look: (): void => {
          this.#limitUnread();
        },
        onEnd: (reason: LeaveReason): void => {
          giveUp();
          resolve(fail(reason));
        },
      };
      this.#begin(wait);
      if (this.#wait === wait) {
        giveUp = begin((value) => {
          if (this.#wait === wait) {
            this.#resume();
          }
          resolve(ok(value));
        });
      }
    });
  }

  /** Ends what is waited for. The connection stays; who waits has to end it. */
  end(reason: LeaveReason): void {
    this.#endReason ??= reason;
    this.#stop();
    const wait = this.#wait;
    this.#wait = undefined;
    wait?.onEnd(this.#endReason);
  }

  /** The same, and closes the connection without a word. */
  destroy(reason: LeaveReason): void {
    this.connection.destroy();
    this.end(reason);
  }

  /** Sends a peer its last answer, and closes the connection. */
  sendOff(answer: Buffer, lingerMs: number): void {
    this.#stop();
    this.connection.write(answer);
    this.connection.finish(lingerMs);
  }

  /**
   * Hands the connection on: who calls this reads it from now on.
   *
   * @returns What the peer has sent and nobody has read.
   */
  release(): Buffer {
    this.#stop();
    const bytes = this.#bytes;
    this.#bytes = NOTHING;
    return bytes;
  }

  #begin(wait: Wait): void {
    this.#charge();
    this.#wait = wait;
    if (this.#endReason === undefined) {
      wait.look();
    } else {
      this.end(this.#endReason);
    }
  }

  #resume(): void {
    this.#wait = undefined;
    this.#resumedAtMs = this.#clock.now();
  }

  #stop(): void {
    this.#charge();
    this.#deadline?.cancel();
  }

  /** Who waited has gone on in a microtask, which the connection has to pay for as for its other work. */
  #charge(): void {
    if (this.#resumedAtMs !== undefined) {
      const nowMs = this.#clock.now();
      this.connection.charges?.worked(nowMs - this.#resumedAtMs, nowMs);
      this.#resumedAtMs = undefined;
    }
  }

  #limitUnread(): void {
    if (this.#bytes.length > MAX_UNREAD_BYTES) {
      this.end("flood");
    }
  }
}
