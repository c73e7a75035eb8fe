import type { HostedGame } from "../game.ts";
import { fail, formatAddress, ok, type Port, type Result, type SessionId } from "../shared/index.ts";
import {
  admit,
  findShared,
  isUnderPressure,
  type Admission,
  type AdmissionLimits,
  type AdmissionRefusal,
} from "./admission.ts";
import { FailedStarts } from "./failed-starts.ts";
import { isStartFault, refusalOf, type EndCause } from "./end-cause.ts";
import { freshPlace, type Asker, type Place, type SessionOrder } from "./session-order.ts";
import { Session, type OpenedSession, type SessionParts } from "./session.ts";
import { Sessions } from "./sessions.ts";

export type OpenRefusal = AdmissionRefusal | "failed-lately" | "no-port" | "start-failed" | "shutting-down";

export interface SupervisorOptions extends SessionParts {
  /** `maxSessions` counts sessions that start or end as well. */
  readonly admission: AdmissionLimits;
  /** A text that changes with the game's files and its core's. */
  readonly stampOf: (game: HostedGame) => string;
  /** Sessions for which a place is kept while they are not there. */
  readonly keptPlaces?: readonly SessionId[];
}

type Opening = Promise<Result<OpenedSession, OpenRefusal>>;

/** Decides which sessions are opened, and opens them. */
export class Supervisor extends Sessions {
  readonly #options: SupervisorOptions;
  readonly #failedStarts: FailedStarts;
  /** Sessions that begin when another one is gone. They have its place already. */
  readonly #waiting = new Map<SessionOrder, Opening>();
  #closed: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    super();
    this.#options = options;
    this.#failedStarts = new FailedStarts(options.stampOf);
  }

  /** Opens a session with a public port of its own. The requester's address may be forged. */
  async openRequested(
    game: HostedGame,
    { address, port: from }: { readonly address: string; readonly port: number },
  ): Promise<Result<OpenedSession & { readonly port: Port }, OpenRefusal>> {
    const requester = formatAddress(address, from);
    const opened = await this.open({ game, requester, asker: { address, isProven: false }, ownPort: true });
    if (!opened.ok) {
      return opened;
    }
    const { port } = opened.value;
    return port === undefined ? fail("no-port") : ok({ ...opened.value, port });
  }

  /**
   * Resolves when the host hosts, or with the reason why it does not.
   *
   * @throws Error when the room has a session already: a bug of the caller.
   */
  async open(order: SessionOrder): Opening {
    const { room, game, asker } = order;
    if (room !== undefined && this.all.has(room.id)) {
      throw new Error(`the room ${room.name} has a session already`);
    }
    const waiting = room === undefined ? undefined : this.#waitingOf(room.id);
    if (waiting !== undefined) {
      return waiting;
    }
    if (this.#closed !== undefined) {
      return fail("shutting-down");
    }
    if (this.#failedStarts.isPaused(game, this.#options.clock.now())) {
      return fail("failed-lately");
    }
    const shared = this.#findShared(order);
    if (shared !== undefined) {
      return this.whenOpened(shared);
    }
    const admission = this.#admit(asker, room?.id);
    switch (admission.type) {
      case "refused":
        return fail(admission.reason);
      case "replace":
        return this.#openInsteadOf(admission.sessionId, order);
      case "open":
        return this.#begin(order);
    }
  }

  /** The new session has the old one's place from now on, and begins when nothing is left of the old one. */
  #openInsteadOf(sessionId: SessionId, order: SessionOrder): Opening {
    this.dispatch(sessionId, { type: "stop", cause: "evicted" });
    const opening = this.whenGone(sessionId).then((): Opening => {
      this.#waiting.delete(order);
      return this.#closed === undefined ? this.#begin(order) : Promise.resolve(fail("shutting-down"));
    });
    this.#waiting.set(order, opening);
    return opening;
  }

  async #begin(order: SessionOrder): Opening {
    const { clock } = this.#options;
    const beganAtMs = clock.now();
    this.#failedStarts.began(order.game, beganAtMs);
    const session = new Session(order, this.#options);
    this.all.set(session.id, session);
    void session.gone.then((cause) => {
      this.#remove(session, cause);
    });
    session.start();
    const opened = await session.opened;
    if (opened.ok) {
      this.#failedStarts.succeeded(order.game);
      return opened;
    }
    if (isStartFault(opened.reason)) {
      this.#failedStarts.failed(order.game, beganAtMs, clock.now());
    }
    return fail(refusalOf(opened.reason));
  }

  #remove({ id, order }: Session, cause: EndCause): void {
    if (cause === "wrong-content") {
      this.#failedStarts.mismatched(order.game, this.#options.clock.now());
    }
    this.all.delete(id);
    this.#options.logger.info({ sessionId: id, cause }, "session gone");
  }

  /** @param room - The session would be this room's, and may take the place that is kept for it. */
  #admit(asker: Asker | undefined, room?: SessionId): Admission {
    const { keptPlaces = [], admission, clock } = this.#options;
    const kept = keptPlaces.filter((id) => id !== room && !this.#isThere(id)).length;
    return admit(asker, { places: this.#places(), kept }, admission, clock.now());
  }

  /** A session that is there already, for a request. */
  #findShared({ game, asker }: SessionOrder): SessionId | undefined {
    const isSameGame = (id: SessionId): boolean => {
      const other = this.all.get(id)?.order.game;
      return (
        other?.content === game.content && other.crc === game.crc && other.core.library === game.core.library
      );
    };
    const { admission, clock } = this.#options;
    return asker && findShared(asker, this.#places(), admission, clock.now(), isSameGame);
  }

  #places(): Place[] {
    const taken = [...this.all.values()].flatMap(({ place }) => (place === undefined ? [] : [place]));
    return [...taken, ...[...this.#waiting.keys()].map(({ asker }) => freshPlace(asker))];
  }

  #isThere(room: SessionId): boolean {
    return this.all.has(room) || this.#waitingOf(room) !== undefined;
  }

  #waitingOf(id: SessionId): Opening | undefined {
    return [...this.#waiting].find(([{ room }]) => room?.id === id)?.[1];
  }

  /** Whether a further session may be opened now. */
  canOpen(asker: Asker): boolean {
    return this.#closed === undefined && this.#admit(asker).type !== "refused";
  }

  /** Whether the session of this room may be opened now, or is there already. */
  canOpenRoom(id: SessionId): boolean {
    return this.#isThere(id) || (this.#closed === undefined && this.#admit(undefined, id).type !== "refused");
  }

  /** Whether a request has to be repeated before a session is opened for it: a forged sender does not repeat itself. */
  get isUnderPressure(): boolean {
    return isUnderPressure(this.#places(), this.#options.admission);
  }

  /** Ends all sessions and refuses new ones; resolves when no host is left. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const sessions = [...this.all.values()];
    sessions.forEach((session) => {
      session.dispatch({ type: "stop", cause: "shutdown" });
    });
    await Promise.all(sessions.map(({ gone }) => gone));
  }
}
