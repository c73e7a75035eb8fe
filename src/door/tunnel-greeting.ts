import { decodeHostTunnelMessage, type HostTunnelMessage } from "../netplay/index.ts";
import type { Clock } from "../shared/index.ts";
import type { Wire } from "./wire.ts";

/**
 * Waits for the first message on a connection to a tunnel, which says what the connection is for. Anything else, or
 * nothing in time, closes it.
 *
 * @param onMessage - Takes the connection over; `rest` is what came behind the message.
 */
export function receiveTunnelGreeting(
  wire: Wire,
  clock: Clock,
  deadlineMs: number,
  onMessage: (message: HostTunnelMessage, rest: Buffer) => void,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  const deadline = clock.after(deadlineMs, () => {
    wire.destroy();
  });
  const giveUp = (): void => {
    deadline.cancel();
    wire.destroy();
  };
  wire.read({
    data(chunk) {
      bytes = Buffer.concat([bytes, chunk]);
      const decoded = decodeHostTunnelMessage(bytes);
      if (decoded.ok) {
        deadline.cancel();
        onMessage(decoded.value.message, bytes.subarray(decoded.value.length));
      } else if (decoded.reason === "unknown-magic") {
        giveUp();
      }
    },
    closed: giveUp,
    faulted: giveUp,
  });
}
