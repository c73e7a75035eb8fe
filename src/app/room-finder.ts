import type { NoRoom, RoomFinder, Wish } from "../door/index.ts";
import type { FoundGame, WantedGame } from "../host-game.ts";
import { fail, ok, type Result, type SessionId } from "../shared/index.ts";
import type { SessionInfo } from "../supervisor/index.ts";

/** Looks a game up. A player who just connects has told a core, its version and a CRC; no names. */
export type FindGame = (wanted: WantedGame) => Result<FoundGame, NoRoom>;

export interface RoomFinderParts {
  readonly find: FindGame;
  readonly sessions: () => readonly SessionInfo[];
  /** The answer that whoever opened the session will get. */
  readonly whenOpened: (sessionId: SessionId) => Promise<Result<unknown, string>>;
  /** Opens a session without a port of its own. */
  readonly open: (
    game: FoundGame,
    requester: string,
    word: string | undefined,
  ) => Promise<Result<{ readonly sessionId: SessionId }, string>>;
  /** Whether a further session may be opened. */
  readonly canOpen: () => boolean;
  readonly hasSeatFor: (sessionId: SessionId, address: string) => boolean;
  /** Undefined: no rooms are named by a password. */
  readonly salt?: () => number;
}

/** Rooms that filled up or ended while they were waited for; more in a row than any crowd brings about. */
const MAX_ATTEMPTS = 8;

/**
 * The room of a player who just connects: one of that game and that core library with a free seat, else one that is
 * starting, else a new one. So those who come at the same moment for the same game meet.
 */
export function createRoomFinder(parts: RoomFinderParts): RoomFinder {
  return {
    ...(parts.salt === undefined ? {} : { salt: parts.salt }),

    async find(wish) {
      const { coreName: core, coreVersion, crc } = wish;
      const found = parts.find({ core, coreVersion, crc, game: "", base: "" });
      return found.ok ? findRoom(found.value, wish, parts) : found;
    },

    isFull: () =>
      !parts.canOpen() &&
      parts
        .sessions()
        .every(({ sessionId, state }) => state.name === "stopping" || !parts.hasSeatFor(sessionId, "")),
  };
}

async function findRoom(
  game: FoundGame,
  { address, port, word }: Wish,
  parts: RoomFinderParts,
): Promise<Result<SessionId, NoRoom>> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const rooms = parts.sessions().filter((session) => session.word === word && isRoomOf(game, session));
    const ready = rooms.find(
      ({ sessionId, state }) => isReady(state.name) && parts.hasSeatFor(sessionId, address),
    );
    if (ready !== undefined) {
      return ok(ready.sessionId);
    }
    const starting = rooms.find(({ state }) => state.name === "reserved" || state.name === "starting");
    if (starting === undefined) {
      const opened = await parts.open(game, `${address}:${port}`, word);
      return opened.ok ? ok(opened.value.sessionId) : fail({ reason: opened.reason });
    }
    const started = await parts.whenOpened(starting.sessionId);
    if (!started.ok) {
      return fail({ reason: started.reason });
    }
  }
  return fail({ reason: "full" });
}

function isReady(state: SessionInfo["state"]["name"]): boolean {
  return state === "standby" || state === "playing";
}

/** Players of one room share the content's file and the library that runs it. */
function isRoomOf(game: FoundGame, { game: hosted }: SessionInfo): boolean {
  return hosted.content === game.content && hosted.core.library === game.core.library;
}
