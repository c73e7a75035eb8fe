import type { HostedGame } from "../game.ts";
import { fail, type Result, type SessionId } from "../shared/index.ts";
import {
  admit,
  findShared,
  isUnderPressure,
  type Admission,
  type AdmissionLimits,
  type AdmissionRefusal,
  type Asker,
} from "./admission.ts";
import { FailedStarts } from "./failed-starts.ts";
import { Places } from "./places.ts";
import type { EndCause, SessionEvent, SessionState } from "./session-state.ts";
import type { SessionOrder } from "./session-order.ts";
import { Session, type OpenedSession, type SessionParts } from "./session.ts";

export type OpenRefusal = AdmissionRefusal | "failed-lately" | "no-port" | "start-failed" | "shutting-down";

/** Why a host that was started does not host: the same game would most likely fail again. */
const START_FAULTS: ReadonlySet<EndCause> = new Set<EndCause>([
  "spawn-failed",
  "start-exited",
  "start-timeout",
  "host-exited",
  "host-lost",
]);

/** A session as people see it. */
export interface SessionInfo {
  readonly sessionId: SessionId;
  readonly game: HostedGame;
  readonly requester: string;
  /** Names its room; undefined: a public one. */
  readonly passwordHash: string | undefined;
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
  /** Of them, `maxSessions` counts those that are starting or ending as well. */
  readonly admission: AdmissionLimits;
  /** Another text when the game's files, or its core's, are others than before. */
  readonly stampOf: (game: HostedGame) => string;
  /** Sessions for which a place is kept while they are not there. */
  readonly keptPlaces?: readonly SessionId[];
}

type TakenPlace = ReturnType<Places["take"]>;

/** All sessions of this machine. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #sessions = new Map<SessionId, Session>();
  readonly #parts: SessionParts;
  readonly #places = new Places();
  readonly #failedStarts: FailedStarts;
  /** Sessions of rooms that begin when another session has given way. */
  readonly #pendingRooms = new Map<SessionId, Promise<Result<OpenedSession, OpenRefusal>>>();
  #whenEmpty: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#failedStarts = new FailedStarts(options.stampOf);
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
    if (order.room !== undefined && this.#sessions.has(order.room.id)) {
      throw new Error(`the room ${order.room.name} has a session already`);
    }
    const pending = order.room === undefined ? undefined : this.#pendingRooms.get(order.room.id);
    if (pending !== undefined) {
      return pending;
    }
    if (this.#closed !== undefined) {
      return fail("shutting-down");
    }
    if (this.#failedStarts.isPaused(order.game, this.#options.clock.now())) {
      return fail("failed-lately");
    }
    const shared = this.#findShared(order);
    if (shared !== undefined) {
      return openedOrRefused(shared);
    }
    const admission = this.#admit(order.room === undefined ? order.asker : undefined, order.room?.id);
    switch (admission.type) {
      case "refused":
        return fail(admission.reason);
      case "replace":
        return this.#openInsteadOf(admission.sessionId, order);
      case "open":
        return this.#begin(order, this.#takePlace(order));
    }
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

  /** Whether a further session may be opened now, for somebody from this address. */
  canOpen(asker: Asker): boolean {
    return this.#closed === undefined && this.#admit(asker).type !== "refused";
  }

  /** Whether the session of this room may be opened now, or is there already. */
  canOpenRoom(id: SessionId): boolean {
    const isThere = this.#sessions.has(id) || this.#pendingRooms.has(id);
    return isThere || (this.#closed === undefined && this.#admit(undefined, id).type !== "refused");
  }

  /** Whether a request has to be repeated before a session is opened for it: a forged sender does not repeat itself. */
  get isUnderPressure(): boolean {
    return isUnderPressure(this.#snapshot(), this.#options.admission);
  }

  /** Hands a session what the gateway saw. Events of a session that is gone are ignored: they were on their way. */
  dispatch(sessionId: SessionId, event: SessionEvent): void {
    this.#places.note(sessionId, event, this.#options.clock.now());
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

  #admit(asker: Asker | undefined, room?: SessionId): Admission {
    const { keptPlaces = [], admission, clock } = this.#options;
    const keptForOthers = keptPlaces.filter(
      (id) => id !== room && !this.#sessions.has(id) && !this.#pendingRooms.has(id),
    );
    const snapshot = { places: this.#snapshot(), kept: keptForOthers.length };
    return admit(asker, snapshot, admission, clock.now());
  }

  /** A session that is there already, for one who asked for a port. */
  #findShared({ game, asker, room }: SessionOrder): Session | undefined {
    if (room !== undefined) {
      return undefined;
    }
    const { admission, clock } = this.#options;
    const isSameGame = (sessionId: SessionId): boolean => {
      const other = this.gameOf(sessionId);
      return (
        other?.content === game.content && other.crc === game.crc && other.core.library === game.core.library
      );
    };
    const found = findShared(asker, this.#snapshot(), admission, clock.now(), isSameGame);
    return found === undefined ? undefined : this.#sessions.get(found);
  }

  #snapshot(): ReturnType<Places["snapshot"]> {
    return this.#places.snapshot((sessionId) => this.isAlive(sessionId));
  }

  #takePlace({ room, asker }: SessionOrder): TakenPlace {
    return this.#places.take(room === undefined ? asker : undefined);
  }

  /** The new one begins when nothing is left of the old one, and has its place from now on. */
  #openInsteadOf(sessionId: SessionId, order: SessionOrder): Promise<Result<OpenedSession, OpenRefusal>> {
    const place = this.#takePlace(order);
    this.#places.leave(sessionId);
    this.dispatch(sessionId, { type: "stop", cause: "evicted" });
    const opening = this.whenGone(sessionId).then((): ReturnType<Supervisor["open"]> => {
      this.#pendingRooms.delete(order.room?.id ?? sessionId);
      if (this.#closed !== undefined) {
        place.giveUp();
        return Promise.resolve(fail("shutting-down"));
      }
      return this.#begin(order, place);
    });
    if (order.room !== undefined) {
      this.#pendingRooms.set(order.room.id, opening);
    }
    return opening;
  }

  async #begin(order: SessionOrder, place: TakenPlace): Promise<Result<OpenedSession, OpenRefusal>> {
    const { clock } = this.#options;
    const beganAtMs = clock.now();
    this.#failedStarts.began(order.game, beganAtMs);
    const session = new Session(order, this.#parts);
    this.#sessions.set(session.id, session);
    place.hold(session.id);
    const opened = await session.opened;
    if (opened.ok) {
      this.#failedStarts.succeeded(order.game);
      return opened;
    }
    if (START_FAULTS.has(opened.reason)) {
      this.#failedStarts.failed(order.game, beganAtMs, clock.now());
    }
    return fail(refusalOf(opened.reason));
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
    const game = this.gameOf(sessionId);
    if (cause === "wrong-content" && game !== undefined) {
      this.#failedStarts.mismatched(game, this.#options.clock.now());
    }
    this.#places.leave(sessionId);
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
  const { game, requester, passwordHash, room } = order;
  const idleAtMs = state.name === "standby" ? (state.idleAt ?? undefined) : undefined;
  return {
    sessionId: id,
    game,
    requester,
    passwordHash,
    room: room?.name,
    startedAt,
    state,
    port,
    pid,
    idleAtMs,
  };
}
