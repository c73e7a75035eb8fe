import type { Port, SessionId } from "../shared/index.ts";

/** What a request led to. */
export interface Opened {
  readonly sessionId: SessionId;
  readonly port: Port;
}

/** Remembers which request opened which session, so that a repeated datagram gets the same port and no second session. */
export interface RequestMemory {
  remember(key: string, opened: Opened): void;
  /** The session that this request opened, if it still lives. */
  recall(key: string): Opened | undefined;
}

/**
 * @param max - How many requests are kept at most. More than there can be sessions, or a repeat can open a second one.
 */
export function createRequestMemory(isAlive: (id: SessionId) => boolean, max: number): RequestMemory {
  const memory = new Map<string, Opened>();

  /** By a quarter at once: a flood remembers many, and to look through all of them takes a while. */
  const trim = (): void => {
    for (const [key, { sessionId }] of memory) {
      if (!isAlive(sessionId)) {
        memory.delete(key);
      }
    }
    for (const oldest of memory.keys()) {
      if (memory.size <= Math.ceil(max * 0.75)) {
        break;
      }
      memory.delete(oldest);
    }
  };

  return {
    remember(key, opened) {
      memory.set(key, opened);
      if (memory.size > max) {
        trim();
      }
    },
    recall(key) {
      const opened = memory.get(key);
      if (opened !== undefined && !isAlive(opened.sessionId)) {
        memory.delete(key);
        return undefined;
      }
      return opened;
    },
  };
}
