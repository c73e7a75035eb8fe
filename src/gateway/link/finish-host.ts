import type { Clock } from "../../shared/index.ts";
import type { Conversation } from "./conversation.ts";
import type { GatewayLimits } from "../limits.ts";
import type { Connection } from "../net/index.ts";

/** Ends the host's side of a link, when the host has told the others that the client no longer plays. */
export function finishHost(
  host: Connection,
  conversation: Conversation,
  clock: Clock,
  limits: GatewayLimits,
): void {
  const finish = (): void => {
    host.finish(limits.lingerMs);
  };
  if (!conversation.isLeavingPlay) {
    finish();
    return;
  }
  const bound = clock.after(limits.leavePlayMs, finish);
  host.read({
    data: (chunk) => {
      if (conversation.hostSaid(chunk) !== undefined || !conversation.isLeavingPlay) {
        bound.cancel();
        finish();
      }
    },
    closed: () => {
      bound.cancel();
    },
  });
  host.resume();
}
