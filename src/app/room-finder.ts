import type { NoRoom, RoomFinder, RoomPass, Wish } from "../door/index.ts";
import type { FixedRoom, FixedRooms } from "../fixed-rooms/index.ts";
import type { FoundGame, WantedGame } from "../host-game.ts";
import { isSameCoreName } from "../netplay/index.ts";
import { fail, formatAddress, ok, type Result, type SessionId } from "../shared/index.ts";
import type { SessionInfo } from "../supervisor/index.ts";

/** Looks a game up. A player who quick-joins has told a core, its version and a CRC; no names. */
export type FindGame = (wanted: WantedGame) => Result<FoundGame, NoRoom>;

export interface RoomFinderParts {
  readonly find: FindGame;
  readonly fixed: Pick<FixedRooms, "all" | "isUp" | "gameOf" | "open">;
  readonly sessions: () => readonly SessionInfo[];
  /** The answer that whoever opened the session will get. */
  readonly whenOpened: (sessionId: SessionId) => Promise<Result<unknown, string>>;
  /** Opens a session without a port of its own. */
  readonly open: (
    game: FoundGame,
    from: { readonly address: string; readonly port: number },
    word: string | undefined,
  ) => Promise<Result<{ readonly sessionId: SessionId }, string>>;
  /** Whether a further session may be opened for somebody from this address. */
  readonly canOpen: (address: string) => boolean;
  readonly hasSeatFor: (sessionId: SessionId, address: string) => boolean;
  /** Undefined: no rooms are named by a password. */
  readonly salt?: () => number;
}

/** Rooms that filled up or ended while they were waited for; more in a row than any crowd brings about. */
const MAX_ATTEMPTS = 8;

/**
 * The room of a player who quick-joins: a fixed one of that game and that core library that lets them in, else another one
 * with a free seat, else one that is starting, else a new one. So those who come at the same moment for the same game meet.
 */
export function createRoomFinder(parts: RoomFinderParts): RoomFinder {
  return {
    ...(parts.salt === undefined ? {} : { salt: parts.salt }),

    async find(wish) {
      const { coreName: core, coreVersion, crc } = wish;
      const found = parts.find({ core, coreVersion, crc, game: "", base: "" });
      if (!found.ok) {
        return found;
      }
      return (await findFixedRoom(found.value, wish, parts)) ?? findRoom(found.value, wish, parts);
    },

    objection: (address) => (cannotSeat(address, parts) ? "full" : undefined),
  };
}

function cannotSeat(address: string, { canOpen, sessions, hasSeatFor }: RoomFinderParts): boolean {
  return (
    !canOpen(address) &&
    sessions().every(({ sessionId, state }) => state.name === "stopping" || !hasSeatFor(sessionId, address))
  );
}

/** Undefined when no persistent room is for this player; a word that opens one leads nowhere else. */
async function findFixedRoom(
  game: FoundGame,
  wish: Wish,
  { fixed, hasSeatFor }: RoomFinderParts,
): Promise<Result<RoomPass, NoRoom> | undefined> {
  const open = fixed.all.flatMap((room) => {
    const pass = isSameCoreName(room.core, wish.coreName) ? passInto(room, wish) : undefined;
    const hosted = pass === undefined ? undefined : fixed.gameOf(room, wish.coreVersion);
    return pass !== undefined && hosted?.ok === true && isSame(hosted.value, game) ? [{ room, pass }] : [];
  });
  const ready = open.find(({ room }) => fixed.isUp(room) && hasSeatFor(room.id, wish.address));
  if (ready !== undefined) {
    return ok(ready.pass);
  }
  let reason = "full";
  for (const { room, pass } of open.filter(({ room: each }) => !fixed.isUp(each))) {
    const opened = await fixed.open(room, wish.coreVersion, formatAddress(wish.address, wish.port));
    if (opened.ok && hasSeatFor(room.id, wish.address)) {
      return ok(pass);
    }
    reason = opened.ok ? reason : opened.reason;
  }
  return open.some(({ room }) => room.password !== null) ? fail({ reason }) : undefined;
}

function passInto({ id, password }: FixedRoom, { word, passes }: Wish): RoomPass | undefined {
  if (password !== null) {
    return passes.find(({ sessionId }) => sessionId === id);
  }
  return word === undefined ? { sessionId: id, mayPlay: true } : undefined;
}

async function findRoom(
  game: FoundGame,
  { address, port, word }: Wish,
  parts: RoomFinderParts,
): Promise<Result<RoomPass, NoRoom>> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const rooms = parts
      .sessions()
      .filter((session) => session.room === undefined && session.word === word && isSame(session.game, game));
    const ready = rooms.find(
      ({ sessionId, state }) => isReady(state.name) && parts.hasSeatFor(sessionId, address),
    );
    if (ready !== undefined) {
      return ok({ sessionId: ready.sessionId, mayPlay: true });
    }
    const starting = rooms.find(({ state }) => state.name === "reserved" || state.name === "starting");
    if (starting === undefined) {
      const opened = await parts.open(game, { address, port }, word);
      return opened.ok
        ? ok({ sessionId: opened.value.sessionId, mayPlay: true })
        : fail({ reason: opened.reason });
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
function isSame(hosted: Pick<FoundGame, "content" | "core">, game: FoundGame): boolean {
  return hosted.content === game.content && hosted.core.library === game.core.library;
}
