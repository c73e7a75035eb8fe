import type { HostedGame } from "../game.ts";
import { fail, formatAddress, ok, type Port, type Result, type SessionId } from "../shared/index.ts";
import { admit, type Admission, type AdmissionLimits, type AdmissionRefusal } from "./admission.ts";
import { FailedStarts } from "./failed-starts.ts";
import { refusalOf } from "./end-cause.ts";
import { findShared, isUnderPressure } from "./pressure.ts";
import { Session, type Asker, type OpenedSession, type SessionOrder, type SessionParts } from "./session.ts";
import { Sessions } from "./sessions.ts";

type OpenRefusal = AdmissionRefusal | "failed-lately" | "no-port" | "start-failed" | "shutting-down";

interface SupervisorOptions extends SessionParts {
  /** `maxSessions` counts sessions that start or end as well. */
  readonly admission: AdmissionLimits;
  /** A text that changes with the game's files and its core's. */
  readonly stampOf: (game: HostedGame) => string;
  /** Sessions for which a place is kept while they are not there. */
  readonly keptPlaces?: readonly SessionId[];
}

/** Decides which sessions are opened, and opens them. */
export class Supervisor extends Sessions {
  readonly #options: SupervisorOptions;
  readonly #failedStarts: FailedStarts;

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
  async open(order: SessionOrder): Promise<Result<OpenedSession, OpenRefusal>> {
    const { room, game, asker } = order;
    const { admission: limits, clock, logger } = this.#options;
    if (room !== undefined && this.all.has(room.id)) {
      throw new Error(`the room ${room.name} has a session already`);
    }
    if (this.isClosing) {
      return fail("shutting-down");
    }
    if (this.#failedStarts.isPaused(game, clock.now())) {
      return fail("failed-lately");
    }
    const shared = findShared(order, this.places, limits, clock.now());
    if (shared !== undefined) {
      return this.whenOpened(shared);
    }
    const admission = this.#admit(asker, room?.id);
    if (admission.type === "refused") {
      return fail(admission.reason);
    }
    // From now on it has its place.
    const session = new Session(order, this.#options);
    this.all.set(session.id, session);
    void session.gone.then((cause) => {
      this.all.delete(session.id);
      logger.info({ sessionId: session.id, cause }, "session gone");
    });
    if (admission.type === "replace") {
      this.dispatch(admission.sessionId, { type: "stop", cause: "evicted" });
      await this.whenGone(admission.sessionId);
    }
    this.#failedStarts.watch(session, clock);
    session.start();
    const opened = await session.opened;
    return opened.ok ? opened : fail(refusalOf(opened.reason));
  }

  /** @param room - The session would be this room's, and may take the place that is kept for it. */
  #admit(asker: Asker | undefined, room?: SessionId): Admission {
    const { keptPlaces = [], admission, clock } = this.#options;
    const kept = keptPlaces.filter((id) => id !== room && !this.all.has(id)).length;
    return admit(asker, { places: this.places, kept }, admission, clock.now());
  }

  /** Whether a further session may be opened now. */
  canOpen(asker: Asker): boolean {
    return !this.isClosing && this.#admit(asker).type !== "refused";
  }

  /** Whether the session of this room may be opened now, or is there already. */
  canOpenRoom(id: SessionId): boolean {
    return this.all.has(id) || (!this.isClosing && this.#admit(undefined, id).type !== "refused");
  }

  /** Whether a request has to be repeated before a session is opened for it: a forged sender does not repeat itself. */
  get isUnderPressure(): boolean {
    return isUnderPressure(this.places, this.#options.admission);
  }
}
