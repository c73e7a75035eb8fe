import type { Clock, Result } from "../shared/index.ts";
import type { Wire } from "./wire.ts";

/** A connection that is handed on, with what it has said and nobody has read yet. */
export interface Arrived {
  readonly wire: Wire;
  readonly rest: Buffer;
  /** When it connected, in milliseconds of the clock. */
  readonly connectedAtMs: number;
}

export interface GreetingWish<T> {
  /** From accept until the first message is complete. */
  readonly deadlineMs: number;
  /** Any reason but `need-more` closes the connection without a word. */
  readonly decode: (bytes: Buffer) => Result<{ readonly message: T; readonly length: number }, string>;
  /** Takes the connection over. */
  readonly onMessage: (message: T, arrived: Arrived) => void;
}

/**
 * Waits for the first message on a connection, which says what the connection is for. Anything else, or nothing in
 * time, closes it.
 */
export function receiveGreeting<T>(
  { wire, rest, connectedAtMs }: Arrived,
  clock: Clock,
  { deadlineMs, decode, onMessage }: GreetingWish<T>,
): void {
  let bytes: Buffer = rest;
  const deadline = clock.after(Math.max(0, connectedAtMs + deadlineMs - clock.now()), () => {
    wire.destroy();
  });
  void wire.gone.then(() => {
    deadline.cancel();
  });
  const look = (): void => {
    const decoded = decode(bytes);
    if (decoded.ok) {
      deadline.cancel();
      const { message, length } = decoded.value;
      onMessage(message, { wire, rest: bytes.subarray(length), connectedAtMs });
    } else if (decoded.reason !== "need-more") {
      wire.destroy();
    }
  };
  wire.read({
    data(chunk) {
      bytes = Buffer.concat([bytes, chunk]);
      look();
    },
    closed: () => undefined,
  });
  if (rest.length > 0) {
    look();
  }
}

/** A connection that has just been accepted. */
export function newlyArrived(wire: Wire, clock: Clock): Arrived {
  return { wire, rest: Buffer.alloc(0), connectedAtMs: clock.now() };
}
