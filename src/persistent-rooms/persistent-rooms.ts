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

/** The sessions of the rooms, of which each has one or none. */
export interface RoomSessions {
  /** Undefined: there is none. */
  current(
    id: SessionId,
  ): { readonly stage: "starting" | "up" | "ending"; readonly game: HostedGame } | undefined;
  /** Resolves when it hosts, or with the reason why it does not. Only for a room without a session. */
  open(game: HostedGame, room: PersistentRoom, requester: string): Promise<Result<unknown, string>>;
  /** The answer that whoever opened the session will get. */
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

/** A room's session that ran for so long has got over what kept it from running before. */
const STABLE_MS = 60_000;

/** Reasons that say nothing new about a room: the server ends, or the start that failed is not repeated yet. */
const NO_NEWS: ReadonlySet<string> = new Set(["shutting-down", "failed-lately"]);

/** The operator's rooms: what each hosts, and its session, which it gets when somebody comes or keeps from the start. */
export class PersistentRooms {
  readonly all: readonly PersistentRoom[];
  readonly #parts: PersistentRoomsParts;
  /** Why a room could not be hosted when that was last tried. */
  readonly #problems = new Map<SessionId, string>();
  readonly #pauses = new Map<SessionId, Timer>();
  #stopped = false;

  constructor(rooms: readonly PersistentRoom[], parts: PersistentRoomsParts) {
    this.all = rooms;
    this.#parts = parts;
  }

  /** Opens the rooms that are always on, and says which rooms have no game. */
  begin(): void {
    for (const room of this.all) {
      if (room.keep === "always") {
        void this.#keepUp(room);
      } else {
        this.#note(room, this.#lookUp(room, ""));
      }
    }
  }

  /** Opens nothing any more. Sessions end with all others. */
  stop(): void {
    this.#stopped = true;
    this.#pauses.forEach((pause) => {
      pause.cancel();
    });
  }

  isUp({ id }: PersistentRoom): boolean {
    return this.#parts.sessions.current(id)?.stage === "up";
  }

  /** What the room hosts; while it does not, what it would for a player with this version of the core. */
  gameOf(room: PersistentRoom, coreVersion: string): Result<HostedGame, string> {
    const current = this.#parts.sessions.current(room.id);
    return current === undefined || current.stage === "ending"
      ? this.#lookUp(room, coreVersion)
      : ok(current.game);
  }

  /** Why the room cannot be hosted, as far as is known; undefined for one that is up. */
  problemOf(room: PersistentRoom): string | undefined {
    const found = this.gameOf(room, "");
    return found.ok ? this.#problems.get(room.id) : found.reason;
  }

  /** Resolves when the room hosts: at once, or when its session has started, for which the one before has to be gone. */
  async open(
    room: PersistentRoom,
    coreVersion: string,
    requester: string,
  ): Promise<Result<undefined, string>> {
    const opened = await this.#open(room, coreVersion, requester);
    // That somebody's core is too old is nothing that the operator should do something about.
    if (opened.ok || opened.reason !== "core-version" || coreVersion === "") {
      this.#note(room, opened);
    }
    return opened.ok ? ok(undefined) : opened;
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

  /** Opens the room's session again and again, with a pause that grows as long as it does not stay. */
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

  /** A catalog that cannot be read for a while ends neither the server nor the room. */
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

  /** Never resolves when the rooms are stopped meanwhile. */
  #pause({ id }: PersistentRoom, pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#stopped) {
        this.#pauses.set(id, this.#parts.clock.after(pauseMs, resolve));
      }
    });
  }

  /** Tells the operator once of each change. */
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

export function createPersistentRooms(
  rooms: readonly PersistentRoom[],
  parts: PersistentRoomsParts,
): PersistentRooms {
  return new PersistentRooms(rooms, parts);
}
