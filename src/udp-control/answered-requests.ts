import type { HostedSession } from "../host-game.ts";
import { forgetOldest, type SessionId } from "../shared/index.ts";

/** Requests that were answered with a port. A repeat gets the same port and no second session. */
export class AnsweredRequests {
  readonly #sessions = new Map<string, HostedSession>();
  readonly #isAlive: (sessionId: SessionId) => boolean;
  readonly #max: number;

  /** @param max - Must not be lower than the number of sessions. */
  constructor(isAlive: (sessionId: SessionId) => boolean, max: number) {
    this.#isAlive = isAlive;
    this.#max = max;
  }

  /** Undefined when the request was not answered, or its session is over. */
  recall(key: string): HostedSession | undefined {
    const session = this.#sessions.get(key);
    return session !== undefined && this.#isAlive(session.sessionId) ? session : undefined;
  }

  /** Beyond `max` those whose session is over are forgotten, then the oldest. A quarter at once: a look at all takes a while. */
  remember(key: string, session: HostedSession): void {
    this.#sessions.set(key, session);
    if (this.#sessions.size <= this.#max) {
      return;
    }
    for (const [each, { sessionId }] of this.#sessions) {
      if (!this.#isAlive(sessionId)) {
        this.#sessions.delete(each);
      }
    }
    forgetOldest(this.#sessions, Math.ceil(0.75 * this.#max));
  }
}
