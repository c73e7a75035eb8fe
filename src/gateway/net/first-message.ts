import type { Clock, Result } from "../../shared/index.ts";
import type { Connection } from "./connection.ts";

/** A connection that is handed on, with what it has said and nobody has read yet. */
export interface UnreadConnection {
  readonly connection: Connection;
  readonly rest: Buffer;
  /** When it connected, in milliseconds of the clock. */
  readonly connectedAtMs: number;
}

export interface FirstMessageOptions<T> {
  /** From accept until the first message is complete. */
  readonly deadlineMs: number;
  /** Any reason but `need-more` closes the connection without a word. */
  readonly decode: (bytes: Buffer) => Result<{ readonly message: T; readonly length: number }, string>;
  /** Takes the connection over. */
  readonly onMessage: (message: T, unread: UnreadConnection) => void;
}

/**
 * Waits for the first message on a connection, which says what the connection is for. Anything else, or nothing in
 * time, closes it.
 */
export function readFirstMessage<T>(
  { connection, rest, connectedAtMs }: UnreadConnection,
  clock: Clock,
  { deadlineMs, decode, onMessage }: FirstMessageOptions<T>,
): void {
  let bytes: Buffer = rest;
  const deadline = clock.after(Math.max(0, connectedAtMs + deadlineMs - clock.now()), () => {
    connection.destroy();
  });
  void connection.gone.then(() => {
    deadline.cancel();
  });
  const look = (): void => {
    const decoded = decode(bytes);
    if (decoded.ok) {
      deadline.cancel();
      const { message, length } = decoded.value;
      onMessage(message, { connection, rest: bytes.subarray(length), connectedAtMs });
    } else if (decoded.reason !== "need-more") {
      connection.destroy();
    }
  };
  connection.read({
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
export function newConnection(connection: Connection, clock: Clock): UnreadConnection {
  return { connection, rest: Buffer.alloc(0), connectedAtMs: clock.now() };
}
