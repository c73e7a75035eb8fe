import { fail, type Result, type SessionId } from "../shared/index.ts";
import type { HostedGame } from "./hosted-game.ts";
import type { EndCause, SessionEvent, SessionState } from "./session-state.ts";
import type { SessionOrder } from "./session-order.ts";
import { Session, type OpenedSession, type SessionParts } from "./session.ts";

export type OpenRefusal = "max-sessions" | "no-port" | "start-failed" | "shutting-down";

/** A session as people see it. */
export interface SessionInfo {
  readonly sessionId: SessionId;
  readonly game: HostedGame;
  readonly requester: string;
  /** Names its room; undefined: a public one. */
  readonly word: string | undefined;
  /** Name of the operator's room that it is the session of. */
  readonly room: string | undefined;
  readonly startedAt: Date;
  readonly state: SessionState;
  readonly port: number | undefined;
  readonly pid: number | undefined;
  /** When it is reaped, in milliseconds of the clock; undefined unless it waits in standby, and for one that is kept. */
  readonly idleAtMs: number | undefined;
}

export interface SupervisorOptions extends Omit<SessionParts, "onGone"> {
  /** Sessions at once, those that are starting or ending included. */
  readonly maxSessions: number;
  /** Sessions for which a place is kept while they are not there. */
  readonly keptPlaces?: readonly SessionId[];
}

/** All sessions of this machine. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #sessions = new Map<SessionId, Session>();
  readonly #parts: SessionParts;
  #whenEmpty: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#parts = {
      ...options,
      onGone: (sessionId, cause) => {
        this.#remove(sessionId, cause);
      },
    };
  }

  /**
   * Resolves when the host hosts, or with the reason why it does not.
   *
   * @throws Error when the room has a session already: a bug of the caller.
   */
  async open(order: SessionOrder): Promise<Result<OpenedSession, OpenRefusal>> {
    if (this.#closed !== undefined) {
      return fail("shutting-down");
    }
    if (!this.canOpen(order.room?.id)) {
      return fail("max-sessions");
    }
    if (order.room !== undefined && this.#sessions.has(order.room.id)) {
      throw new Error(`the room ${order.room.name} has a session already`);
    }
    const session = new Session(order, this.#parts);
    this.#sessions.set(session.id, session);
    return openedOrRefused(session);
  }

  /** The answer that whoever opened this session got or will get. */
  async whenOpened(sessionId: SessionId): Promise<Result<OpenedSession, OpenRefusal>> {
    const session = this.#sessions.get(sessionId);
    return session === undefined ? fail("start-failed") : openedOrRefused(session);
  }

  /** Resolves when nothing is left of this session; at once when there is none. */
  async whenGone(sessionId: SessionId): Promise<void> {
    await this.#sessions.get(sessionId)?.gone;
  }

  /** Whether a further session may be opened; with an id, that of this room. */
  canOpen(id?: SessionId): boolean {
    const { maxSessions, keptPlaces = [] } = this.#options;
    const keptForOthers = keptPlaces.filter((kept) => kept !== id && !this.#sessions.has(kept));
    return this.#closed === undefined && this.#sessions.size + keptForOthers.length < maxSessions;
  }

  /** Hands a session what the door saw. Events of a session that is gone are ignored: they were on their way. */
  dispatch(sessionId: SessionId, event: SessionEvent): void {
    this.#sessions.get(sessionId)?.dispatch(event);
  }

  /** What a session hosts; undefined when there is no such session. */
  gameOf(sessionId: SessionId): HostedGame | undefined {
    return this.#sessions.get(sessionId)?.order.game;
  }

  /** The process of a session's host, once it is started; undefined when there is none. */
  async hostPid(sessionId: SessionId): Promise<number | undefined> {
    return this.#sessions.get(sessionId)?.hostPid;
  }

  /** True while the session hosts or starts. */
  isAlive(sessionId: SessionId): boolean {
    const state = this.#sessions.get(sessionId)?.state.name;
    return state !== undefined && state !== "stopping" && state !== "gone";
  }

  /** False when there is no such session, or it is ending already. */
  stop(sessionId: SessionId): boolean {
    if (!this.isAlive(sessionId)) {
      return false;
    }
    this.dispatch(sessionId, { type: "stop", cause: "stopped" });
    return true;
  }

  /** Undefined when there is no such session. */
  session(sessionId: SessionId): SessionInfo | undefined {
    const session = this.#sessions.get(sessionId);
    return session === undefined ? undefined : describe(session);
  }

  sessions(): SessionInfo[] {
    return [...this.#sessions.values()].map(describe);
  }

  /** Ends all sessions and refuses new ones; resolves when no host is left. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const session of this.#sessions.values()) {
      session.dispatch({ type: "stop", cause: "shutdown" });
    }
    if (this.#sessions.size > 0) {
      await new Promise<void>((resolve) => {
        this.#whenEmpty = resolve;
      });
    }
  }

  #remove(sessionId: SessionId, cause: EndCause): void {
    this.#sessions.delete(sessionId);
    this.#options.logger.info({ sessionId, cause }, "session gone");
    if (this.#sessions.size === 0) {
      this.#whenEmpty?.();
    }
  }
}

async function openedOrRefused(session: Session): Promise<Result<OpenedSession, OpenRefusal>> {
  const opened = await session.opened;
  return opened.ok ? opened : fail(refusalOf(opened.reason));
}

function refusalOf(cause: EndCause): OpenRefusal {
  if (cause === "no-port") {
    return "no-port";
  }
  return cause === "shutdown" ? "shutting-down" : "start-failed";
}

function describe(session: Session): SessionInfo {
  const { id, order, startedAt, state, port, pid } = session;
  const { game, requester, word, room } = order;
  const idleAtMs = state.name === "standby" ? (state.idleAt ?? undefined) : undefined;
  return {
    sessionId: id,
    game,
    requester,
    word,
    room: room?.name,
    startedAt,
    state,
    port,
    pid,
    idleAtMs,
  };
}
