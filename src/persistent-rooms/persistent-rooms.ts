import type { FindGame, HostedGame } from "../game.ts";
import type { PersistentRoom } from "../room-config.ts";
import {
  fail,
  growingPauseMs,
  ok,
  type Clock,
  type Logger,
  type Result,
  type SessionId,
  type Timer,
} from "../shared/index.ts";
import { findRoomGame } from "./find-room-game.ts";
import { adviceFor } from "./advice-for.ts";

/** The sessions of the rooms; each room has one or none. */
export interface RoomSessions {
  /** Undefined when the room has no session. */
  current(
    id: SessionId,
  ): { readonly stage: "starting" | "up" | "ending"; readonly game: HostedGame } | undefined;
  /** Resolves when it hosts, or with the reason why it does not. Only for a room without a session. */
  open(game: HostedGame, room: PersistentRoom, requester: string): Promise<Result<unknown, string>>;
  /** Resolves with the same answer as the `open` that opened the session. */
  whenOpened(id: SessionId): Promise<Result<unknown, string>>;
  /** Resolves when nothing is left of it; at once when there is none. */
  whenGone(id: SessionId): Promise<void>;
}

export interface PersistentRoomsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly find: FindGame;
  readonly sessions: RoomSessions;
}

/** After a session of this length the pause before the next one is short again. */
const STABLE_MS = 60_000;

/** Reasons that are not reported: the server ends, or a start that failed is not repeated yet. */
const NO_NEWS: ReadonlySet<string> = new Set(["shutting-down", "failed-lately"]);

/** The persistent rooms: their games, and their sessions, which begin when a player comes or, always on, with the server. */
export class PersistentRooms {
  readonly all: readonly PersistentRoom[];
  readonly #parts: PersistentRoomsParts;
  /** Why the last attempt to host a room failed. */
  readonly #problems = new Map<SessionId, string>();
  readonly #pauses = new Map<SessionId, Timer>();
  #stopped = false;

  constructor(rooms: readonly PersistentRoom[], parts: PersistentRoomsParts) {
    this.all = rooms;
    this.#parts = parts;
  }

  /** Opens the rooms that are always on, and reports which rooms have no game. */
  begin(): void {
    for (const room of this.all) {
      if (room.keep === "always") {
        void this.#keepUp(room);
      } else {
        this.#note(room, this.#lookUp(room, ""));
      }
    }
  }

  /** Opens no further session. The sessions of the rooms end like all others. */
  stop(): void {
    this.#stopped = true;
    this.#pauses.forEach((pause) => {
      pause.cancel();
    });
  }

  isUp({ id }: PersistentRoom): boolean {
    return this.#parts.sessions.current(id)?.stage === "up";
  }

  /** The game that the room hosts; without a session, the game that it would host for this version of the core. */
  gameOf(room: PersistentRoom, coreVersion: string): Result<HostedGame, string> {
    const current = this.#parts.sessions.current(room.id);
    return current === undefined || current.stage === "ending"
      ? this.#lookUp(room, coreVersion)
      : ok(current.game);
  }

  /** Why the room cannot be hosted; undefined if no problem is known. */
  problemOf(room: PersistentRoom): string | undefined {
    const found = this.gameOf(room, "");
    return found.ok ? this.#problems.get(room.id) : found.reason;
  }

  /** Resolves when the room hosts: at once, or when its next session has started, after the end of the one before. */
  async open(room: PersistentRoom, coreVersion: string, requester: string): Promise<Result<unknown, string>> {
    const opened = await this.#open(room, coreVersion, requester);
    // The operator can do nothing about a player whose core has another version.
    if (opened.ok || opened.reason !== "core-version" || coreVersion === "") {
      this.#note(room, opened);
    }
    return opened;
  }

  async #open(
    room: PersistentRoom,
    coreVersion: string,
    requester: string,
  ): Promise<Result<unknown, string>> {
    const { sessions } = this.#parts;
    if (sessions.current(room.id)?.stage === "ending") {
      await sessions.whenGone(room.id);
    }
    if (this.#stopped) {
      return fail("shutting-down");
    }
    if (sessions.current(room.id) !== undefined) {
      return sessions.whenOpened(room.id);
    }
    const game = this.#lookUp(room, coreVersion);
    return game.ok ? sessions.open(game.value, room, requester) : game;
  }

  #lookUp(room: PersistentRoom, coreVersion: string): Result<HostedGame, string> {
    return findRoomGame(room, coreVersion, this.#parts.find);
  }

  /** Reopens the room's session after each end, with a pause that grows while sessions are short. */
  async #keepUp(room: PersistentRoom): Promise<void> {
    const { clock, sessions } = this.#parts;
    for (let failures = 1; !this.#stopped; failures++) {
      if (await this.#isOpened(room)) {
        const upAtMs = clock.now();
        await sessions.whenGone(room.id);
        failures = clock.now() - upAtMs >= STABLE_MS ? 1 : failures;
      }
      await this.#pause(room, growingPauseMs(failures));
    }
  }

  /** An error of the catalog ends neither the server nor the room. */
  async #isOpened(room: PersistentRoom): Promise<boolean> {
    try {
      return (await this.open(room, "", "always on")).ok;
    } catch (error) {
      this.#parts.logger.error(
        { room: room.name, err: error },
        "the room could not be opened, and is tried again",
      );
      return false;
    }
  }

  /** Does not resolve once the rooms are stopped. */
  #pause({ id }: PersistentRoom, pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#stopped) {
        this.#pauses.set(id, this.#parts.clock.after(pauseMs, resolve));
      }
    });
  }

  /** Reports each change to the operator once. */
  #note(room: PersistentRoom, result: Result<unknown, string>): void {
    const { logger } = this.#parts;
    const { id, name, core, game } = room;
    const facts = { room: name, sessionId: id, core, game };
    const before = this.#problems.get(id);
    if (result.ok) {
      this.#problems.delete(id);
      if (before !== undefined) {
        logger.info(facts, "the room can be hosted now");
      }
    } else if (!NO_NEWS.has(result.reason) && result.reason !== before) {
      this.#problems.set(id, result.reason);
      const { reason } = result;
      logger.warn({ ...facts, reason, advice: adviceFor(reason) }, "the room cannot be hosted");
    }
  }
}
