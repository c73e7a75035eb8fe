import { fail, type Result, type SessionId } from "../shared/index.ts";
import { refusalOf } from "./end-cause.ts";
import type { SessionInfo } from "./session-info.ts";
import type { SessionEvent } from "./session-event.ts";
import type { OpenedSession, Place, Session } from "./session.ts";

/** All sessions of this machine that are not gone. */
export class Sessions {
  protected readonly all = new Map<SessionId, Session>();
  protected isClosing = false;

  /** The outcome of the session's start; waits for it. */
  async whenOpened(sessionId: SessionId): Promise<Result<OpenedSession, ReturnType<typeof refusalOf>>> {
    const opened = await this.all.get(sessionId)?.opened;
    if (opened === undefined) {
      return fail("start-failed");
    }
    return opened.ok ? opened : fail(refusalOf(opened.reason));
  }

  /** Resolves when nothing is left of this session; at once when there is none. */
  async whenGone(sessionId: SessionId): Promise<void> {
    await this.all.get(sessionId)?.gone;
  }

  /** Hands a session what the gateway saw. Events of a session that is gone are ignored: they were on their way. */
  dispatch(sessionId: SessionId, event: SessionEvent): void {
    this.all.get(sessionId)?.dispatch(event);
  }

  /** The process of a session's host, once it is started; undefined when there is none. */
  async hostPid(sessionId: SessionId): Promise<number | undefined> {
    return this.all.get(sessionId)?.hostPid();
  }

  /** True while the session hosts or starts. */
  isAlive(sessionId: SessionId): boolean {
    return this.all.get(sessionId)?.isAlive ?? false;
  }

  /** False when there is no such session, or it is ending already. */
  stop(sessionId: SessionId): boolean {
    if (!this.isAlive(sessionId)) {
      return false;
    }
    this.dispatch(sessionId, { type: "stop", cause: "stopped" });
    return true;
  }

  /** Ends all sessions, and no new one is opened; resolves when no host is left. */
  async close(): Promise<void> {
    this.isClosing = true;
    const sessions = [...this.all.values()];
    sessions.forEach((session) => {
      session.dispatch({ type: "stop", cause: "shutdown" });
    });
    await Promise.all(sessions.map(({ gone }) => gone));
  }

  /** Undefined when there is no such session. */
  session(sessionId: SessionId): SessionInfo | undefined {
    return this.all.get(sessionId)?.info;
  }

  /** Places of `maxSessions` that are taken. */
  protected get places(): Place[] {
    return [...this.all.values()].flatMap(({ place }) => place ?? []);
  }

  sessions(): SessionInfo[] {
    return [...this.all.values()].map(({ info }) => info);
  }
}
